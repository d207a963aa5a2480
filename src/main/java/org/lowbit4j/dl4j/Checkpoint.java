package org.lowbit4j.dl4j;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of {@link ModelSerializer}'s, read part by part: {@code ModelSerializer} reads all of it
 * into the heap, where an entry must not be larger than 2 GiB, whether it is wanted or not.
 *
 * <p>All methods throw an IOException that names the file if it is not whole.
 */
public final class Checkpoint implements Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);
  private static final String CURRENT_FORMAT = "MIXED_DATA_TYPES";

  private static final int PIECE = 1 << 16;

  private final File file;
  private final ZipFile zip;
  private DataType stateType;
  private DataInputStream state;
  private CheckedInputStream checked;

  /**
   * Opens a file.
   *
   * @param file written by ModelSerializer
   * @throws IOException if it cannot be read, or is no whole archive
   */
  public Checkpoint(File file) throws IOException {
    this.file = file;
    try {
      this.zip = new ZipFile(file);
    } catch (IOException e) {
      throw new IOException(
          file + " is not a checkpoint, or not a whole one: " + e.getMessage(), e);
    }
  }

  /**
   * Restores the network, with fresh state.
   *
   * @return after {@code init}
   * @throws IOException if the file has no MultiLayerNetwork
   */
  public MultiLayerNetwork network() throws IOException {
    MultiLayerConfiguration conf =
        configuration(MultiLayerConfiguration::fromJson, c -> isEmpty(c.getConfs()));
    INDArray parameters = parameters();
    // As ModelSerializer does, for files of old.
    conf.setDataType(parameters.dataType());
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init(parameters, false);
    return net;
  }

  /**
   * Restores the graph, with fresh state.
   *
   * @return after {@code init}
   * @throws IOException if the file has no ComputationGraph
   */
  public ComputationGraph graph() throws IOException {
    ComputationGraphConfiguration conf =
        configuration(ComputationGraphConfiguration::fromJson, c -> isEmpty(c.getNetworkInputs()));
    INDArray parameters = parameters();
    conf.setDataType(parameters.dataType());
    ComputationGraph net = new ComputationGraph(conf);
    net.init(parameters, false);
    return net;
  }

  /** JSON of the other kind is an error to one of DL4J's readers, and empty to the other. */
  private <C> C configuration(Function<String, C> fromJson, Predicate<C> isEmpty)
      throws IOException {
    String json = json();
    RuntimeException cause = null;
    try {
      C conf = fromJson.apply(json);
      if (!isEmpty.test(conf)) {
        return conf;
      }
    } catch (RuntimeException e) {
      cause = e;
    }
    throw new IOException(
        "The configuration in "
            + file
            + " cannot be read as that of a network of this kind. MultiLayerNetworks and ComputationGraphs are"
            + " restored by methods of their own.",
        cause);
  }

  private static boolean isEmpty(List<?> list) {
    return list == null || list.isEmpty();
  }

  private String json() throws IOException {
    try (InputStream in = entry(ModelSerializer.CONFIGURATION_JSON)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private INDArray parameters() throws IOException {
    try (DataInputStream in = data(entry(ModelSerializer.COEFFICIENTS_BIN))) {
      return Nd4j.read(in);
    } catch (RuntimeException e) {
      throw new IOException("The parameters in " + file + " cannot be read.", e);
    }
  }

  /**
   * Begins to read the updater's state.
   *
   * @param type the data type expected
   * @param length the number of words expected
   * @throws IOException if the file has none, or other state
   */
  public void openState(DataType type, long length) throws IOException {
    checked = new CheckedInputStream(entry(ModelSerializer.UPDATER_BIN), new CRC32());
    state = data(checked);
    stateType = type;
    // As Nd4j.write writes it: the shape's buffer, the data's buffer, each behind a header.
    long shape = openBuffer("LONG");
    for (long i = 0; i < shape; i++) {
      state.readLong();
    }
    long found = openBuffer(type.name());
    if (found != length) {
      throw new IOException(
          "The updater state in "
              + file
              + " has "
              + found
              + " words; that of the network in it has "
              + length
              + ".");
    }
  }

  /** Returns its length. */
  private long openBuffer(String type) throws IOException {
    String found = "no array";
    try {
      String format = state.readUTF();
      long length = state.readLong();
      found = format + " " + state.readUTF();
      if (found.equals(CURRENT_FORMAT + " " + type)) {
        return length;
      }
    } catch (IOException e) {
      LOG.debug("The state in {} is not an array.", file, e);
    }
    throw new IOException(
        "The updater state in "
            + file
            + " is "
            + found
            + "; expected was "
            + CURRENT_FORMAT
            + " "
            + type
            + ". Other formats and types are read by ModelSerializer.");
  }

  /**
   * Reads the next words of the state.
   *
   * @param words in native byte order; filled from its position to its limit
   * @throws IOException if the file ends, or is damaged
   */
  public void readState(ByteBuffer words) throws IOException {
    byte[] bytes = new byte[Math.min(PIECE, words.remaining())];
    while (words.hasRemaining()) {
      int n = Math.min(bytes.length, words.remaining());
      try {
        state.readFully(bytes, 0, n);
      } catch (IOException e) {
        throw new IOException("The updater state in " + file + " is not whole, or damaged.", e);
      }
      put(ByteBuffer.wrap(bytes, 0, n), words);
    }
  }

  /** From Java's byte order, which is the file's, to the machine's. */
  private void put(ByteBuffer from, ByteBuffer to) {
    switch (stateType.width()) {
      case Short.BYTES:
        to.asShortBuffer().put(from.asShortBuffer());
        break;
      case Integer.BYTES:
        to.asIntBuffer().put(from.asIntBuffer());
        break;
      default:
        to.asLongBuffer().put(from.asLongBuffer());
    }
    to.position(to.position() + from.limit());
  }

  /**
   * Ends reading the state.
   *
   * @throws IOException if the state goes on, or its checksum is another
   */
  public void closeState() throws IOException {
    boolean ended = state.read() < 0;
    long written = zip.getEntry(ModelSerializer.UPDATER_BIN).getCrc();
    state.close();
    if (!ended || checked.getChecksum().getValue() != written) {
      throw new IOException("The updater state in " + file + " is damaged.");
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  private InputStream entry(String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new IOException(
          file
              + " has no "
              + name
              + ". Checkpoints to be restored with their state are written by"
              + " ModelSerializer.writeModel(net, file, true).");
    }
    return zip.getInputStream(entry);
  }

  private static DataInputStream data(InputStream in) {
    return new DataInputStream(new BufferedInputStream(in, PIECE));
  }
}
