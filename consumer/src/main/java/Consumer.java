import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.lowbit4j.kernel.Kernels;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A few steps of training, with nothing but the published jar; the argument is the kernel expected.
 */
public final class Consumer {

  private Consumer() {}

  public static void main(String[] args) {
    Nd4j.getRandom().setSeed(1);
    INDArray numbers = Nd4j.rand(256, 10);
    INDArray labels = Nd4j.zeros(256, 10);
    for (int i = 0; i < 256; i++) {
      labels.putScalar(i, numbers.getRow(i).argMax().getInt(0), 1);
    }
    DataSet data = new DataSet(numbers, labels);
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new AdamW8bit(1e-2))
            .list()
            .layer(new DenseLayer.Builder().nIn(10).nOut(500).activation(Activation.RELU).build())
            .layer(
                new OutputLayer.Builder().nIn(500).nOut(10).activation(Activation.SOFTMAX).build())
            .build();
    MultiLayerNetwork net = new MultiLayerNetwork(OptimManager.of(conf).apply());
    net.init();
    double before = net.score(data);
    for (int step = 0; step < 20; step++) {
      net.fit(data);
    }
    double after = net.score(data);

    String kernel = Kernels.description();
    System.out.printf(
        "Consumer: Java %s, %s, kernel %s, loss %.2f to %.2f%n",
        System.getProperty("java.specification.version"),
        System.getProperty("os.arch"),
        kernel,
        before,
        after);
    if (!kernel.startsWith(args[0]) || !(after < before)) {
      throw new IllegalStateException("Expected kernel " + args[0] + " and a loss that falls.");
    }
  }
}
