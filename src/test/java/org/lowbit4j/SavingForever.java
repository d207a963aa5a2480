package org.lowbit4j;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/** Trains and saves until it is killed: into a new file, which then gets the name. */
public final class SavingForever {

  static final String SAVED = "saved ";
  static final String FILE = "network.zip";
  static final String NEW_FILE = "network.zip.new";

  private SavingForever() {}

  /**
   * @param args folder
   */
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0], FILE);
    Path newFile = Path.of(args[0], NEW_FILE);
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    DataSet data = Networks.data(DataType.FLOAT);
    while (true) {
      Networks.train(net, data, 1);
      ModelSerializer.writeModel(net, newFile.toFile(), true);
      Files.move(
          newFile, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      System.out.println(SAVED + net.getIterationCount());
    }
  }
}
