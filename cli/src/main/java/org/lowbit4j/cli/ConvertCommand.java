package org.lowbit4j.cli;

import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.OptimManager;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.dl4j.Configurations;
import org.lowbit4j.dl4j.LayerSlot;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Another updater for a trained network. */
@Command(
    name = "convert",
    header = "Another updater, or other bits, for a trained network.",
    description = {
      "",
      "Gives a trained network another updater, or its state other bits, and keeps the moments that"
          + " both have: training goes on where it was.",
      "",
      "From and to updaters of ND4J and of this library. Learning rates and schedules stay, with an"
          + " updater of the same arithmetic all hyper-parameters. Parameters, normalizer and all else"
          + " are copied as they are.",
      "",
      "Files of ModelSerializer and of SameDiff.save. The latter have one updater for all variables.",
    },
    footer = {
      "",
      "Examples:",
      "  lowbit4j convert old.zip --to Adam8bit -o new.zip       from ND4J's Adam",
      "  lowbit4j convert new.zip --to Adam -o back.zip          and back",
      "  lowbit4j convert new.zip --bits 32 -o exact.zip         the same updater",
      "  lowbit4j convert old.zip --to AdamW8bit --dry-run       only tell",
      "",
      "Exit status: 0; 1 the source is damaged; 2 nothing could be written.",
    })
final class ConvertCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "Network to convert; is not changed.")
  private File file;

  @Option(
      names = "--to",
      paramLabel = "UPDATER",
      description = "Class of the updater, such as Adam8bit, AdamW8bit or ND4J's Adam.")
  private String to;

  @Option(names = "--bits", description = "4, 8 or 32, for updaters of this library.")
  private Integer bits;

  @Option(names = "--block-size", description = "Elements that share a scale: 64, 128, ... 4096.")
  private Integer blockSize;

  @Option(names = "--quant-map", description = "Codebooks: ${COMPLETION-CANDIDATES}.")
  private QuantMap quantMap;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The new file.")
  private File output;

  @Option(names = "--force", description = "Replace the new file if it exists.")
  private boolean force;

  @Option(names = "--dry-run", description = "Only tell what becomes of each layer.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    UpdaterChange change = to == null ? null : new UpdaterChange(to);
    requireSense(change);
    OutputFile target = dryRun ? null : new OutputFile(file, output, force);
    ModelReport before = whole();
    Backend.require();
    if (before.kind.equals("SameDiff")) {
      convertSameDiff(target, change);
    } else if (before.kind.equals("MultiLayerNetwork")) {
      MultiLayerNetwork net = ModelSerializer.restoreMultiLayerNetwork(file, true);
      OptimManager<MultiLayerNetwork> manager = OptimManager.of(net);
      change(manager, Configurations.slots(net.getLayerWiseConfigurations()), change);
      if (!dryRun) {
        write(target, net, net.getLayerWiseConfigurations().toJson());
      }
    } else {
      ComputationGraph net = ModelSerializer.restoreComputationGraph(file, true);
      OptimManager<ComputationGraph> manager = OptimManager.of(net);
      change(manager, Configurations.slots(net.getConfiguration()), change);
      if (!dryRun) {
        write(target, net, net.getConfiguration().toJson());
      }
    }
    if (!dryRun) {
      say(before);
    }
    return 0;
  }

  private void convertSameDiff(OutputFile target, UpdaterChange change) throws IOException {
    SameDiffCopy copy = new SameDiffCopy(file, true);
    if (copy.model.getTrainingConfig() == null) {
      throw new Failure(file + " has no training configuration, and so no updater.", null);
    }
    OptimManager<SameDiff> manager = OptimManager.of(copy.model);
    change(manager, Configurations.slots(copy.model.getTrainingConfig()), change);
    if (!dryRun) {
      copy.write(target, true);
    }
  }

  private void requireSense(UpdaterChange change) {
    if (output == null && !dryRun) {
      throw new Failure("Name the new file, -o FILE, or ask for --dry-run.", null);
    }
    boolean options = bits != null || blockSize != null || quantMap != null;
    if (change == null && !options) {
      throw new Failure(
          "Say what to change: --to UPDATER, --bits, --block-size or --quant-map.", null);
    }
    if (change != null && !change.isOurs() && options) {
      throw new Failure(
          change.name() + " is ND4J's, which has no --bits, --block-size and --quant-map.", null);
    }
  }

  private ModelReport whole() {
    ModelReport report = Models.read(file, true);
    if (!report.damages.isEmpty()) {
      throw new Failure(
          file
              + " is damaged: "
              + report.damages.get(0)
              + ". Nothing was written; lowbit4j verify tells all. Use an older copy.",
          null,
          Failure.DAMAGED);
    }
    return report;
  }

  private void change(OptimManager<?> manager, List<LayerSlot> slots, UpdaterChange change) {
    try {
      if (change != null) {
        slots.forEach(slot -> change.apply(manager, slot));
      }
      manager.allLayers();
      if (bits != null) {
        manager.optimBits(bits);
      }
      if (blockSize != null) {
        manager.blockSize(blockSize);
      }
      if (quantMap != null) {
        manager.quantMap(quantMap);
      }
      if (dryRun) {
        spec.commandLine().getOut().println(manager.describe());
      } else {
        manager.apply();
      }
    } catch (IllegalArgumentException e) {
      throw new Failure(e.getMessage() + " Nothing was written.", e);
    }
  }

  private void write(OutputFile target, Model net, String json) throws IOException {
    INDArray state =
        net instanceof MultiLayerNetwork
            ? ((MultiLayerNetwork) net).getUpdater().getStateViewArray()
            : ((ComputationGraph) net).getUpdater().getStateViewArray();
    Map<String, OutputFile.Writer> instead = new HashMap<>();
    byte[] configuration = json.getBytes(StandardCharsets.UTF_8);
    instead.put(ModelSerializer.CONFIGURATION_JSON, out -> out.write(configuration));
    instead.put(
        ModelSerializer.UPDATER_BIN,
        state == null
            ? null
            : out -> {
              DataOutputStream data = new DataOutputStream(out);
              Nd4j.write(state, data);
              data.flush();
            });
    try (Progress progress = new Progress("convert", ZipCopy.size(file, instead))) {
      target.write(out -> ZipCopy.copy(file, instead, out, progress::add));
    }
  }

  private void say(ModelReport before) {
    ModelReport after = Models.read(output, false);
    spec.commandLine()
        .getOut()
        .printf(
            before.hasState
                ? "%s: state of %s bytes, of %s in %s%n"
                : "%s: state of %s bytes, which begins fresh; there is none in %4$s%n",
            output,
            TextReport.number(after.stateBytes()),
            TextReport.number(before.stateBytes()),
            file);
  }
}
