package org.lowbit4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.dl4j.Checkpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A file for inference. */
@Command(
    name = "strip",
    header = "A file for inference where this library is not.",
    description = {
      "",
      "Makes a file for inference where this library is not: without updater state, and with ND4J's"
          + " NoOp in place of updaters.",
      "",
      "Parameters, normalizer and all else are copied as they are, and checked. Needs no backend of"
          + " ND4J, but for files of SameDiff, which lose their training configuration.",
    },
    footer = {
      "",
      "Examples:",
      "  lowbit4j strip network.zip -o deploy.zip",
      "  ModelSerializer.restoreMultiLayerNetwork(new File(\"deploy.zip\"), false)   // in Java",
      "",
      "Exit status: 0; 1 the source is damaged; 2 nothing could be written, or the network has layers"
          + " of this library, such as StableEmbeddingLayer.",
    })
final class StripCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "Network to ship; is not changed.")
  private File file;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The new file.")
  private File output;

  @Option(names = "--force", description = "Replace the new file if it exists.")
  private boolean force;

  @Override
  public Integer call() throws IOException {
    OutputFile target = new OutputFile(file, output, force);
    if (Models.isZip(file)) {
      stripZip(target);
    } else {
      stripSameDiff(target);
    }
    spec.commandLine()
        .getOut()
        .printf(
            "%s: %s bytes, of %s in %s%n",
            output, TextReport.number(output.length()), TextReport.number(file.length()), file);
    return 0;
  }

  private void stripZip(OutputFile target) throws IOException {
    Map<String, OutputFile.Writer> instead = new HashMap<>();
    instead.put(ModelSerializer.UPDATER_BIN, null);
    byte[] configuration = configuration();
    instead.put(ModelSerializer.CONFIGURATION_JSON, out -> out.write(configuration));
    try (Progress progress = new Progress("strip", ZipCopy.size(file, instead))) {
      target.write(out -> ZipCopy.copy(file, instead, out, progress::add));
    }
  }

  private void stripSameDiff(OutputFile target) throws IOException {
    SameDiffModel.read(file); // refuses what is none
    SameDiffCopy copy = new SameDiffCopy(file, false);
    copy.model.setTrainingConfig(null);
    copy.write(target, false);
  }

  private byte[] configuration() {
    try (Checkpoint checkpoint = new Checkpoint(file)) {
      checkpoint.configuration(); // whatever is wrong with it
      PlainConfiguration plain = new PlainConfiguration(checkpoint.json());
      if (!plain.needed().isEmpty()) {
        throw new Failure(
            "The network has layers of this library, "
                + String.join(", ", plain.needed())
                + ", which are needed to predict, too. Ship lowbit4j with it.",
            null);
      }
      return plain.json().getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new Failure(e.getMessage(), e);
    }
  }
}
