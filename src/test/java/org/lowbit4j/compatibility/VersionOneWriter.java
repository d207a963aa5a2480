package org.lowbit4j.compatibility;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.LearningRates;
import org.lowbit4j.OptimManager;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Wrote the files of state format version 1, once. Kept to show what they are: files written by a
 * later build prove nothing about that format, so it overwrites none.
 */
public final class VersionOneWriter {

  private final Path folder;
  private final List<String> networks =
      new ArrayList<>(List.of("network,kind,step,parameters,state"));

  VersionOneWriter(Path folder) {
    this.folder = folder;
  }

  /**
   * Writes the files.
   *
   * @param args a folder that has none of them
   */
  public static void main(String[] args) throws IOException {
    VersionOneWriter writer = new VersionOneWriter(Path.of(args[0]));
    for (Map.Entry<String, Supplier<Model>> e : VersionOneNetworks.all().entrySet()) {
      writer.network(e.getKey(), e.getValue().get());
    }
    writer.sameDiff("samediff");
    writer.networks("networks.csv");
    writer.write("states.csv.gz", gzip(lines(states(StateRun.Form.all()))));
    writer.write("samples.csv", lines(writer.samples(StateRun.Form.samples())));
  }

  /** Writes the table of the networks so far. */
  void networks(String file) throws IOException {
    write(file, lines(networks));
  }

  void network(String name, Model model) throws IOException {
    model.init();
    boolean graph = model instanceof ComputationGraph;
    SavedNetwork training =
        graph
            ? SavedNetwork.of(name, (ComputationGraph) model)
            : SavedNetwork.of(name, (MultiLayerNetwork) model);
    training.fit();
    if (name.equals("multilayer-shared-block")) {
      LearningRates.of((MultiLayerNetwork) model).set("b", 1e-4);
    }
    training.fit();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ModelSerializer.writeModel(model, out, true);
    record(name, graph ? SavedModel.Kind.GRAPH : SavedModel.Kind.MULTILAYER, out.toByteArray());
  }

  private void sameDiff(String name) throws IOException {
    sameDiff(name, new AdamW8bit(1e-3).weightDecay(0.1));
  }

  void sameDiff(String name, IUpdater updater) throws IOException {
    TrainingConfig.Builder training = new TrainingConfig.Builder().updater(updater);
    SavedSameDiff model = SavedSameDiff.create(name, training);
    OptimManager.of(model.model().getTrainingConfig()).apply();
    model.fit();
    model.fit();
    Path file = Files.createTempFile("model", ".fb");
    model.model().save(file.toFile(), true);
    record(name, SavedModel.Kind.SAMEDIFF, Files.readAllBytes(file));
    Files.delete(file);
  }

  /** Saves it, and what the file's bytes become on recorded gradients and on data. */
  private void record(String name, SavedModel.Kind kind, byte[] saved) throws IOException {
    write(kind.file(name), saved);
    SavedModel model = kind.restore(name, new ByteArrayInputStream(saved));
    for (int step = 0; step <= Recorded.STEPS; step++) {
      if (step > 0) {
        model.apply(step);
      }
      networks.add(
          String.join(
              ",",
              name,
              kind.name(),
              Integer.toString(step),
              Recorded.hash(model.parameters()),
              Recorded.hash(Recorded.uncounted(model.state()))));
    }
    SavedModel fitted = kind.restore(name, new ByteArrayInputStream(saved));
    fitted.fit();
    float[] parameters = fitted.allParameters();
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * parameters.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(parameters);
    write("networks/" + name + ".fitted.gz", gzip(bytes.array()));
  }

  static List<String> states(List<StateRun.Form> forms) {
    List<String> table = new ArrayList<>(List.of("optimizer,form,updates,state"));
    for (Variant variant : Variant.values()) {
      for (StateRun.Form form : forms) {
        StateRun run = StateRun.after(variant, form);
        table.add(
            String.join(
                ",", variant.name(), form.toString(), run.updates(), Recorded.hash(run.state())));
      }
    }
    return table;
  }

  List<String> samples(List<StateRun.Form> forms) throws IOException {
    List<String> table = new ArrayList<>(List.of("optimizer,form,moments,next update,next state"));
    for (Variant variant : Variant.values()) {
      for (StateRun.Form form : forms) {
        byte[] bytes = StateRun.after(variant, form).state();
        write(form.file(variant), bytes);
        StateRun run = StateRun.on(bytes, variant, form);
        String moments = run.moments(variant);
        run.step(StateRun.STEPS);
        table.add(
            String.join(
                ",",
                variant.name(),
                form.toString(),
                moments,
                run.updates(),
                Recorded.hash(run.state())));
      }
    }
    return table;
  }

  static byte[] lines(List<String> table) {
    return (String.join("\n", table) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  void write(String file, byte[] bytes) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.write(path, bytes, StandardOpenOption.CREATE_NEW);
  }
}
