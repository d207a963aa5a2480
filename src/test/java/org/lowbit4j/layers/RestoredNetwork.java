package org.lowbit4j.layers;

import java.io.File;
import java.util.Arrays;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/** Restores a saved network, lets it train on, and prints what has become of it. */
final class RestoredNetwork {

  private RestoredNetwork() {}

  /**
   * Restores, trains and prints.
   *
   * @param args "multilayer" or "graph", and the file
   */
  public static void main(String[] args) throws Exception {
    System.out.println(trained(args[0], new File(args[1])));
  }

  /** Hash codes of output, parameters and state before and after training. */
  static String trained(String kind, File file) throws Exception {
    DataSet data = TokenNetworks.masked(TokenNetworks.data(TokenNetworks.sequence()));
    StringBuilder result = new StringBuilder();
    if (kind.equals("graph")) {
      ComputationGraph net = ModelSerializer.restoreComputationGraph(file, true);
      for (int i = 0; i < 5; i++) {
        result.append(
            hash(
                net.outputSingle(data.getFeatures()),
                net.params(),
                net.getUpdater().getStateViewArray()));
        net.fit(data);
      }
    } else {
      MultiLayerNetwork net = ModelSerializer.restoreMultiLayerNetwork(file, true);
      for (int i = 0; i < 5; i++) {
        result.append(
            hash(
                net.output(data.getFeatures()),
                net.params(),
                net.getUpdater().getStateViewArray()));
        net.fit(data);
      }
    }
    return result.toString();
  }

  private static String hash(INDArray... arrays) {
    StringBuilder hashes = new StringBuilder();
    for (INDArray array : arrays) {
      int[] bits = new int[(int) array.length()];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = Float.floatToRawIntBits(array.getFloat(i));
      }
      hashes.append(Integer.toHexString(Arrays.hashCode(bits))).append(' ');
    }
    return hashes.toString();
  }
}
