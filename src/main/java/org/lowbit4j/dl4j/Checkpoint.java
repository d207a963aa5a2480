package org.lowbit4j.dl4j;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A file of {@link ModelSerializer}'s, read part by part: {@code ModelSerializer} reads all of it
 * into the heap, where an entry must not be larger than 2 GiB, whether it is wanted or not.
 *
 * <p>All methods throw an IOException that names the file if it is not whole.
 */
public final class Checkpoint implements Closeable {

  private static final int PIECE = 1 << 16;

  /** Some 20,000 layers. */
  private static final int LONGEST_JSON = 1 << 26;

  /** What deflating makes of a byte at most. */
  private static final long LARGEST_RATIO = 1032;

  private static final String LENGTHS_DIFFER =
      "The configuration was changed, or written by another version: the length follows from the layers, and that"
          + " of state from optimBits, blockSize, min8bitSize, percentileClipping and dataType, too.";

  private static final int LONGEST_REASON = 300;

  /** What the JSON of graphs has, and that of networks has not. */
  private static final Pattern GRAPH = Pattern.compile("\"networkInputs\"\\s*:");

  private final File file;
  private final ZipFile zip;
  private DataType stateType;
  private Part state;

  /** Null unless the state is being read already. */
  private Part ahead;

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
    MultiLayerConfiguration conf = networkConfiguration();
    return restored(
        () -> parameters(conf),
        conf::setDataType,
        parameters -> {
          MultiLayerNetwork net = new MultiLayerNetwork(conf);
          net.init(parameters, false);
          return net;
        },
        StateSlot::of);
  }

  /**
   * Restores the graph, with fresh state.
   *
   * @return after {@code init}
   * @throws IOException if the file has no ComputationGraph
   */
  public ComputationGraph graph() throws IOException {
    ComputationGraphConfiguration conf = graphConfiguration();
    return restored(
        () -> parameters(conf),
        conf::setDataType,
        parameters -> {
          ComputationGraph net = new ComputationGraph(conf);
          net.init(parameters, false);
          return net;
        },
        StateSlot::of);
  }

  /** A network of a configuration that may be anything. */
  private <M extends Model> M restored(
      Supplier<Long> length,
      Consumer<DataType> type,
      Function<INDArray, M> network,
      Function<M, StateSlot<M>> slot)
      throws IOException {
    INDArray parameters = parameters(made(length));
    return made(
        () -> {
          type.accept(parameters.dataType()); // as ModelSerializer does, for files of old
          M net = network.apply(parameters);
          slot.apply(net).words();
          return net;
        });
  }

  private static long parameters(MultiLayerConfiguration conf) {
    return conf.getConfs().stream().mapToLong(c -> c.getLayer().initializer().numParams(c)).sum();
  }

  private static long parameters(ComputationGraphConfiguration conf) {
    return conf.getVertices().values().stream().mapToLong(v -> v.numParams(true)).sum();
  }

  /** JSON of the other kind is an error to one of DL4J's readers, and empty to the other. */
  private <C> C configuration(Function<String, C> fromJson, Predicate<C> isEmpty)
      throws IOException {
    String json = json();
    Throwable cause = null;
    try {
      C conf = fromJson.apply(json);
      if (!isEmpty.test(conf)) {
        return conf;
      }
    } catch (RuntimeException | StackOverflowError e) {
      cause = e;
    }
    throw new IOException(
        String.format(
            "The configuration in %s cannot be read as that of a network of this kind%s. MultiLayerNetworks and"
                + " ComputationGraphs are restored by methods of their own.",
            file, reason(cause)),
        cause);
  }

  /** What DL4J makes of the configuration, which it does not check: anything may be missing. */
  private <T> T made(Supplier<T> by) throws IOException {
    try {
      return by.get();
    } catch (RuntimeException | StackOverflowError e) {
      throw new IOException("The configuration in " + file + " makes no network" + reason(e), e);
    }
  }

  private static String reason(Throwable e) {
    String message = e == null ? null : e.getMessage();
    if (message == null) {
      return "";
    }
    String line = message.lines().findFirst().orElse("");
    return ": " + line.substring(0, Math.min(line.length(), LONGEST_REASON));
  }

  /**
   * The configuration of the network.
   *
   * @return a MultiLayerConfiguration or a ComputationGraphConfiguration
   * @throws IOException if it cannot be read
   */
  public Object configuration() throws IOException {
    return GRAPH.matcher(json()).find() ? graphConfiguration() : networkConfiguration();
  }

  private MultiLayerConfiguration networkConfiguration() throws IOException {
    return configuration(MultiLayerConfiguration::fromJson, c -> isEmpty(c.getConfs()));
  }

  private ComputationGraphConfiguration graphConfiguration() throws IOException {
    return configuration(
        ComputationGraphConfiguration::fromJson, c -> isEmpty(c.getNetworkInputs()));
  }

  /**
   * The updater blocks of the network, told by its configuration.
   *
   * @param configuration the network's
   * @return in their order
   * @throws IOException if the configuration makes no network
   */
  public List<BlockDivision.Block> blocks(Object configuration) throws IOException {
    return made(
        () ->
            configuration instanceof MultiLayerConfiguration
                ? BlockDivision.of((MultiLayerConfiguration) configuration)
                : BlockDivision.of((ComputationGraphConfiguration) configuration));
  }

  private static boolean isEmpty(List<?> list) {
    return list == null || list.isEmpty();
  }

  /**
   * The configuration as it is written.
   *
   * @return JSON, not checked
   * @throws IOException if the file has none
   */
  public String json() throws IOException {
    try (Part part = new Part("configuration", ModelSerializer.CONFIGURATION_JSON)) {
      byte[] bytes = part.read(in -> in.readNBytes(LONGEST_JSON + 1));
      if (bytes.length > LONGEST_JSON) {
        throw new IOException(
            String.format(
                "The configuration in %s has more than %d bytes: it is none.", file, LONGEST_JSON));
      }
      part.requireWhole();
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private INDArray parameters(long expected) throws IOException {
    try (Part part = new Part("parameters", ModelSerializer.COEFFICIENTS_BIN)) {
      ArrayHeader header = part.header(null);
      part.requireLength(header, expected);
      INDArray array;
      try {
        array = part.read(words -> Nd4j.read(new SequenceInputStream(header.written(), words)));
      } catch (RuntimeException e) {
        part.requireWhole();
        throw new IOException("The parameters in " + file + " cannot be read.", e);
      }
      part.requireWhole();
      return array;
    }
  }

  /**
   * Reads what stands before the parameters.
   *
   * @param all whether to read on to the end, and compare the checksum
   * @throws IOException if there are none, or they are damaged
   */
  public ArrayHeader parameters(boolean all) throws IOException {
    try (Part part = new Part("parameters", ModelSerializer.COEFFICIENTS_BIN)) {
      ArrayHeader header = part.header(null);
      part.requireLength(header, header.length());
      if (all) {
        part.requireWhole();
      }
      return header;
    }
  }

  /**
   * Whether the file has an entry.
   *
   * @param name such as {@link ModelSerializer#UPDATER_BIN}
   */
  public boolean has(String name) {
    return zip.getEntry(name) != null;
  }

  /**
   * Lets another thread inflate the updater's state, if there is any, while the rest of the file is
   * looked at. What is wrong with it tells who opens it.
   */
  public void readStateAhead() {
    try {
      ahead = has(ModelSerializer.UPDATER_BIN) ? statePart(true) : null;
    } catch (IOException e) {
      ahead = null;
    }
  }

  private Part statePart(boolean early) throws IOException {
    Part begun = ahead;
    ahead = null;
    return begun == null ? new Part("updater state", ModelSerializer.UPDATER_BIN, early) : begun;
  }

  /**
   * Begins to read the updater's state, whatever it is.
   *
   * @throws IOException if the file has none
   */
  public ArrayHeader openState() throws IOException {
    state = statePart(false);
    ArrayHeader header = state.header(null);
    stateType = header.type();
    state.requireLength(header, header.length());
    return header;
  }

  /**
   * Begins to read the updater's state.
   *
   * @throws IOException if the file has none, or other state
   */
  public void openState(DataType type, long length) throws IOException {
    state = statePart(false);
    stateType = type;
    state.requireLength(state.header(type), length);
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
          String.format(
              "%d bytes are no whole number of %s words of %d.",
              words.remaining(), stateType, stateType.width()));
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
    if (ahead != null) {
      ahead.close();
    }
    zip.close();
  }

  /** An entry whose checksum is compared, which ZipFile does not do; all errors name the file. */
  private final class Part implements Closeable {

    private final String what;
    private final ZipEntry entry;
    private final CheckedInputStream checked;
    private final DataInputStream in;

    Part(String what, String name) throws IOException {
      this(what, name, false);
    }

    /** Reads an entry, on another thread if that is to be done early. */
    Part(String what, String name, boolean early) throws IOException {
      this.what = what;
      this.entry = zip.getEntry(name);
      if (entry == null) {
        throw new IOException(
            String.format(
                "%s has no %s. Checkpoints to be restored with their state are written by"
                    + " ModelSerializer.writeModel(net, file, true).",
                file, name));
      }
      if (entry.getSize() > LARGEST_RATIO * Math.min(entry.getCompressedSize(), file.length())) {
        throw damaged(null);
      }
      try {
        this.checked = new CheckedInputStream(zip.getInputStream(entry), new CRC32());
      } catch (IOException e) {
        throw damaged(e);
      }
      this.in =
          new DataInputStream(
              early ? new ReadAhead(checked) : new BufferedInputStream(checked, PIECE));
    }

    <T> T read(Reader<T> reader) throws IOException {
      try {
        return reader.read(in);
      } catch (StreamCorruptedException e) {
        throw e;
      } catch (IOException e) {
        throw damaged(e);
      }
    }

    /** Reads what stands before an array's words; null for any type. */
    ArrayHeader header(DataType expected) throws IOException {
      String found;
      try {
        ArrayHeader header = read(ArrayHeader::read);
        if (expected == null || header.type() == expected) {
          return header;
        }
        found = header.toString();
      } catch (StreamCorruptedException e) {
        found = e.getMessage();
      }
      requireWhole();
      throw new IOException(
          String.format(
              "The entry of the %s in %s is %s; expected was %s. Other formats and types are read by ModelSerializer.",
              what, file, found, ArrayHeader.name(expected)));
    }

    /** Before anything is allocated: the file tells a length twice, and how long it is. */
    void requireLength(ArrayHeader header, long expected) throws IOException {
      if (header.length() != expected) {
        requireWhole();
        throw new IOException(
            String.format(
                "The length of the %s in %s is %d words; that of the network in it is %d. %s",
                what, file, header.length(), expected, LENGTHS_DIFFER));
      }
      if (entry.getSize() != header.size()) {
        requireWhole();
        throw new IOException(
            String.format(
                "The %s in %s is not whole, or damaged: %d bytes; %d words of %s take %d.",
                what, file, entry.getSize(), header.length(), header.type(), header.size()));
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
