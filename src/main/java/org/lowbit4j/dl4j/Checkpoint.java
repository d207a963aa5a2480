package org.lowbit4j.dl4j;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
  private Part state;

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
    try (Part part = new Part("configuration", ModelSerializer.CONFIGURATION_JSON)) {
      byte[] bytes = part.read(InputStream::readAllBytes);
      part.requireWhole();
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private INDArray parameters() throws IOException {
    try (Part part = new Part("parameters", ModelSerializer.COEFFICIENTS_BIN)) {
      INDArray parameters;
      try {
        parameters = part.read(Nd4j::read);
      } catch (OutOfMemoryError e) {
        // A damaged length asks for any amount.
        part.requireWhole();
        throw e;
      } catch (RuntimeException e) {
        part.requireWhole();
        throw new IOException("The parameters in " + file + " cannot be read.", e);
      }
      part.requireWhole();
      return parameters;
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
    state = new Part("updater state", ModelSerializer.UPDATER_BIN);
    stateType = type;
    // As Nd4j.write writes it: the shape's buffer, the data's buffer, each behind a header.
    long shape = openBuffer("LONG");
    for (long i = 0; i < shape; i++) {
      state.read(DataInputStream::readLong);
    }
    long found = openBuffer(type.name());
    if (found != length) {
      state.requireWhole();
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
      String format = state.read(in -> in.readUTF());
      long length = state.read(DataInputStream::readLong);
      found = format + " " + state.read(in -> in.readUTF());
      if (found.equals(CURRENT_FORMAT + " " + type)) {
        return length;
      }
    } catch (IOException e) {
      LOG.debug("The state in {} is not an array.", file, e);
    }
    state.requireWhole();
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
   * @param words in native byte order; filled from its position to its limit, with whole words
   * @throws IllegalArgumentException if it ends within a word
   * @throws IOException if the file ends, or is damaged
   */
  public void readState(ByteBuffer words) throws IOException {
    if (words.remaining() % stateType.width() != 0) {
      throw new IllegalArgumentException(
          words.remaining()
              + " bytes are no whole number of "
              + stateType
              + " words of "
              + stateType.width()
              + ".");
    }
    byte[] bytes = new byte[Math.min(PIECE, words.remaining())];
    while (words.hasRemaining()) {
      int n = Math.min(bytes.length, words.remaining());
      state.read(
          in -> {
            in.readFully(bytes, 0, n);
            return n;
          });
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
    int next = state.read(InputStream::read);
    state.requireWhole();
    state.close();
    if (next >= 0) {
      throw new IOException("The updater state in " + file + " goes on: it is damaged.");
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  /** An entry whose checksum is compared, which ZipFile does not do; all errors name the file. */
  private final class Part implements Closeable {

    private final String what;
    private final ZipEntry entry;
    private final CheckedInputStream checked;
    private final DataInputStream in;

    Part(String what, String name) throws IOException {
      this.what = what;
      this.entry = zip.getEntry(name);
      if (entry == null) {
        throw new IOException(
            file
                + " has no "
                + name
                + ". Checkpoints to be restored with their state are written by"
                + " ModelSerializer.writeModel(net, file, true).");
      }
      try {
        this.checked = new CheckedInputStream(zip.getInputStream(entry), new CRC32());
      } catch (IOException e) {
        throw damaged(e);
      }
      this.in = new DataInputStream(new BufferedInputStream(checked, PIECE));
    }

    <T> T read(Reader<T> reader) throws IOException {
      try {
        return reader.read(in);
      } catch (IOException e) {
        throw damaged(e);
      }
    }

    /** Goes to the end. */
    void requireWhole() throws IOException {
      read(rest -> rest.transferTo(OutputStream.nullOutputStream()));
      if (checked.getChecksum().getValue() != entry.getCrc()) {
        throw damaged(null);
      }
    }

    private IOException damaged(IOException cause) {
      return new IOException("The " + what + " in " + file + " is not whole, or damaged.", cause);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  @FunctionalInterface
  private interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }
}
