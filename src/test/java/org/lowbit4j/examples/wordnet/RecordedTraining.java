package org.lowbit4j.examples.wordnet;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.lowbit4j.kernel.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Trains the main job's network for some steps and keeps their gradients, or does the same steps
 * with gradients that were kept; both print checksums of parameters and updater state. Gradients
 * depend on the platform's BLAS; what the library makes of them must not.
 *
 * <p>Arguments: {@code record FILE} or {@code replay FILE}. The first line printed is the platform.
 */
final class RecordedTraining {

  private static final int STEPS = 8;
  private static final UpdaterChoice[] CHOICES = {UpdaterChoice.ADAM8BIT, UpdaterChoice.STABLE};

  private RecordedTraining() {}

  public static void main(String[] args) throws IOException {
    WordNetOptions options = WordNetOptions.parse("--limit", "1000");
    Path file = Path.of(args[1]);
    if (args[0].equals("record")) {
      WordNetData data = WordNetData.load(options);
      try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
        for (UpdaterChoice choice : CHOICES) {
          record(WordNetNetwork.build(options, choice), data.trainBatches(), choice, out);
        }
      }
    } else {
      try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
        for (UpdaterChoice choice : CHOICES) {
          replay(WordNetNetwork.build(options, choice), choice, in);
        }
      }
    }
    System.err.printf("%s, kernel %s%n", System.getProperty("os.arch"), Kernels.description());
  }

  private static void record(
      MultiLayerNetwork network, GlossBatches batches, UpdaterChoice choice, DataOutputStream out)
      throws IOException {
    write(network.params(), out);
    network.setListeners(
        new BaseTrainingListener() {
          @Override
          public void onGradientCalculation(Model model) {
            try {
              write(model.gradient().gradient(), out);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        });
    for (int step = 0; step < STEPS; step++) {
      DataSet batch = batches.batch(step);
      out.writeInt(batch.numExamples());
      network.fit(batch);
    }
    print(network, choice);
  }

  /** What DL4J does between a gradient and the next step. */
  private static void replay(MultiLayerNetwork network, UpdaterChoice choice, DataInputStream in)
      throws IOException {
    network.params().assign(read(network.numParams(), in).reshape(network.params().shape()));
    network.initGradientsView();
    INDArray gradient = network.getGradientsViewArray();
    for (int step = 0; step < STEPS; step++) {
      int examples = in.readInt();
      gradient.assign(read(gradient.length(), in).reshape(gradient.shape())).divi(examples);
      for (var block : ((BaseMultiLayerUpdater<?>) network.getUpdater()).getUpdaterBlocks()) {
        block.update(step, 0);
      }
      network.params().subi(gradient.reshape(network.params().shape()));
    }
    print(network, choice);
  }

  private static void print(MultiLayerNetwork network, UpdaterChoice choice) {
    System.out.printf(
        "%s: %d steps, %d parameters with CRC %08x, state with CRC %08x%n",
        choice,
        STEPS,
        network.numParams(),
        crc(network.params()),
        crc(network.getUpdater().getStateViewArray()));
  }

  private static long crc(INDArray array) {
    CRC32 crc = new CRC32();
    crc.update(bytes(array));
    return crc.getValue();
  }

  private static void write(INDArray array, DataOutputStream out) throws IOException {
    out.write(bytes(array));
  }

  private static byte[] bytes(INDArray array) {
    float[] values = array.dup().data().asFloat();
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
    for (float value : values) {
      bytes.putInt(Float.floatToRawIntBits(value));
    }
    return bytes.array();
  }

  private static INDArray read(long elements, DataInputStream in) throws IOException {
    float[] values = new float[(int) elements];
    ByteBuffer.wrap(in.readNBytes(Float.BYTES * values.length)).asFloatBuffer().get(values);
    return Nd4j.createFromArray(values);
  }
}
