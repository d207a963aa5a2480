package org.lowbit4j.compatibility;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.AMSGrad8bit;
import org.lowbit4j.AdEMAMix8bit;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Wrote the files with state in 4 bits, once, which are of format version 1 as well. Kept to show
 * what they are; it overwrites none.
 */
public final class FourBitWriter {

  private FourBitWriter() {}

  /**
   * Writes the files.
   *
   * @param args a folder that has none of them
   */
  public static void main(String[] args) throws IOException {
    VersionOneWriter writer = new VersionOneWriter(Path.of(args[0]));
    writer.network("multilayer-4bits", multilayer(DataType.FLOAT, new Adam8bit(1e-3)));
    writer.network("multilayer-4bits-double", multilayer(DataType.DOUBLE, new AMSGrad8bit(1e-3)));
    writer.network("graph-4bits-half", graph());
    writer.sameDiff(
        "samediff-4bits", new AdamW8bit(1e-3).weightDecay(0.1).optimBits(4).min8bitSize(0));
    writer.networks("networks-4bits.csv");
    writer.write(
        "states-4bits.csv",
        VersionOneWriter.lines(VersionOneWriter.states(StateRun.Form.allOf4Bits())));
    writer.write(
        "samples-4bits.csv",
        VersionOneWriter.lines(writer.samples(StateRun.Form.samplesOf4Bits())));
  }

  /** Updater blocks of 4, 4 in blocks of 64, 8 and 32 bits. */
  private static Model multilayer(DataType type, IUpdater updater) {
    return new MultiLayerNetwork(
        OptimManager.of(
                new NeuralNetConfiguration.Builder()
                    .seed(7)
                    .dataType(type)
                    .updater(updater)
                    .list(
                        dense("a", 21, 200).build(),
                        dense("b", 200, 11).build(),
                        dense("c", 11, 40).build(),
                        output(40, 5).build())
                    .build())
            .min8bitSize(400)
            .optimBits(4)
            .layer("b")
            .blockSize(64)
            .layer("c")
            .optimBits(8)
            .apply());
  }

  /** Three moments, two of them relative to the third, and gradient norms. */
  private static Model graph() {
    return new ComputationGraph(
        OptimManager.of(
                new NeuralNetConfiguration.Builder()
                    .seed(7)
                    .dataType(DataType.FLOAT16)
                    .updater(new AdEMAMix8bit(1e-3).weightDecay(0.1))
                    .graphBuilder()
                    .addInputs("in")
                    .addLayer("a", dense("a", 9, 57).build(), "in")
                    .addLayer("out", output(57, 3).build(), "a")
                    .setOutputs("out")
                    .build())
            .optimBits(4)
            .min8bitSize(0)
            .percentileClipping(30)
            .apply());
  }

  private static DenseLayer.Builder dense(String name, int in, int out) {
    return new DenseLayer.Builder().name(name).nIn(in).nOut(out).activation(Activation.TANH);
  }

  private static OutputLayer.Builder output(int in, int out) {
    return new OutputLayer.Builder().name("out").nIn(in).nOut(out).activation(Activation.SOFTMAX);
  }
}
