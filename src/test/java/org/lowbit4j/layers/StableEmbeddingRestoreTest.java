package org.lowbit4j.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/** A program that has done nothing before restores networks and goes on bit for bit. */
class StableEmbeddingRestoreTest {

  @ParameterizedTest
  @ValueSource(strings = {"multilayer", "graph"})
  void inAFreshJvm(String kind, @TempDir Path folder) throws Exception {
    StableEmbeddingSequenceLayer embedding = TokenNetworks.sequence();
    DataSet data = TokenNetworks.masked(TokenNetworks.data(embedding));
    Model model =
        kind.equals("graph")
            ? TokenNetworks.graph(embedding, new Adam8bit(1e-2), DataType.FLOAT)
            : TokenNetworks.network(embedding, new Adam8bit(1e-2), DataType.FLOAT);
    for (int i = 0; i < 5; i++) {
      if (model instanceof ComputationGraph) {
        ((ComputationGraph) model).fit(data);
      } else {
        ((MultiLayerNetwork) model).fit(data);
      }
    }
    File file = folder.resolve("net.zip").toFile();
    ModelSerializer.writeModel(model, file, true);

    File output = folder.resolve("output").toFile();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                RestoredNetwork.class.getName(),
                kind,
                file.getPath())
            .redirectError(ProcessBuilder.Redirect.INHERIT) // newer JVMs warn there
            .redirectOutput(output)
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String expected = RestoredNetwork.trained(kind, file);
    assertThat(output).content().isEqualToIgnoringNewLines(expected);
  }
}
