package org.lowbit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Files for inference. */
class StripTest {

  @TempDir Path folder;

  @Test
  void nothingOfThisLibraryIsLeftAndPredictionsAreTheSame() throws IOException {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-2), DataType.FLOAT);
    Path source = Networks.save(net, folder.resolve("net.zip"));
    Path deploy = folder.resolve("deploy.zip");
    Run run = Run.of("strip", source, "-o", deploy);
    assertThat(run.status).as(run.toString()).isZero();
    Archive archive = Archive.read(deploy);
    assertThat(new String(archive.parts.get("configuration.json"), StandardCharsets.UTF_8))
        .doesNotContain("lowbit4j");
    assertThat(archive.parts).containsKey("normalizer.bin").doesNotContainKey("updaterState.bin");
    INDArray x = Networks.data(DataType.FLOAT).getFeatures();
    assertThat(ModelSerializer.restoreMultiLayerNetwork(deploy.toFile(), true).output(x))
        .isEqualTo(net.output(x));
    assertThat(Run.of("verify", deploy).out).contains("whole, no updater state");
  }

  @Test
  void graphsWithRegularizationOfThisLibrary() throws IOException {
    ComputationGraphConfiguration conf =
        Networks.graph(new Adam8bit(1e-2)).getConfiguration().clone();
    conf.setIterationCount(0);
    ComputationGraph net =
        new ComputationGraph(
            OptimManager.of(ComputationGraphConfiguration.fromJson(conf.toJson()))
                .updater(new AdamW8bit(1e-2).weightDecay(0.1))
                .apply());
    net.init();
    net.fit(Networks.data(DataType.FLOAT));
    Path source = Networks.save(net, folder.resolve("net.zip"));
    assertThat(Run.of("strip", source, "-o", folder.resolve("d.zip")).status).isZero();
    String json =
        new String(
            Archive.read(folder.resolve("d.zip")).parts.get("configuration.json"),
            StandardCharsets.UTF_8);
    assertThat(json).doesNotContain("lowbit4j").contains("NoOp");
    INDArray x = Networks.data(DataType.FLOAT).getFeatures();
    assertThat(
            ModelSerializer.restoreComputationGraph(folder.resolve("d.zip").toFile(), false)
                .outputSingle(x))
        .isEqualTo(net.outputSingle(x));
  }

  @Test
  void layersOfThisLibraryAreRefused() throws IOException {
    Archive archive = Archive.read(Run.network("multilayer.zip"));
    String json = new String(archive.parts.get("configuration.json"), StandardCharsets.UTF_8);
    archive.parts.put(
        "configuration.json",
        json.replaceFirst(
                "org.deeplearning4j.nn.conf.layers.DenseLayer",
                "org.lowbit4j.layers.StableEmbeddingLayer")
            .getBytes(StandardCharsets.UTF_8));
    Path target = folder.resolve("d.zip");
    Run run = Run.of("strip", archive.write(folder.resolve("emb.zip")), "-o", target);
    assertThat(run.status).isEqualTo(2);
    assertThat(target).doesNotExist();
  }

  @Test
  void damagedParametersAreNotShipped() throws IOException {
    byte[] bytes = Files.readAllBytes(Run.network("multilayer.zip"));
    for (int i = 0; i < 64; i++) {
      bytes[bytes.length / 3 + i] ^= 1;
    }
    Path source = Files.write(folder.resolve("bad.zip"), bytes);
    Run run = Run.of("strip", source, "-o", folder.resolve("d.zip"));
    assertThat(run.status).as(run.toString()).isEqualTo(1);
    assertThat(folder.resolve("d.zip")).doesNotExist();
  }
}
