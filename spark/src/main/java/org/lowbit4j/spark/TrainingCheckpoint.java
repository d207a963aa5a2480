package org.lowbit4j.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;

/**
 * A network with its optimizer state, and where in its training it is. The file is one of {@link
 * ModelSerializer}'s, with an entry more: DL4J and the command line of this library read it.
 */
public final class TrainingCheckpoint {

  private static final String ENTRY = "lowbit4j-spark.properties";
  private static final String KIND = "network";
  private static final int KEPT = 2;

  private final Path file;
  private final Properties position;

  private TrainingCheckpoint(Path file, Properties position) {
    this.file = file;
    this.position = position;
  }

  /**
   * The newest of a folder.
   *
   * @param folder that was given to {@code checkpoints(folder, rounds)}
   * @return empty if there is none, or no folder
   * @throws IOException if it is damaged; the message names the file
   */
  public static Optional<TrainingCheckpoint> latest(Path folder) throws IOException {
    List<Path> files = files(folder);
    return files.isEmpty() ? Optional.empty() : Optional.of(read(files.get(files.size() - 1)));
  }

  /**
   * Reads where a file's training is.
   *
   * @param file of a checkpoint
   * @return the checkpoint
   * @throws IOException if it is none, or not a whole one; the message names the file
   */
  public static TrainingCheckpoint read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException("There is no checkpoint " + file + ".");
    }
    Properties position = new Properties();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(ENTRY);
      if (entry == null) {
        throw new IOException(
            "it has no entry " + ENTRY + ", a training on Spark did not write it");
      }
      try (InputStream in = zip.getInputStream(entry)) {
        position.load(in);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw unusable(file, e);
    }
    return new TrainingCheckpoint(file, position);
  }

  /**
   * The network, with its state.
   *
   * @return a new one each time
   * @throws IOException if the file is damaged or has a graph; the message names it
   */
  public MultiLayerNetwork network() throws IOException {
    requireKind("MultiLayerNetwork", "graph()");
    try {
      return verified(ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true));
    } catch (IOException | RuntimeException e) {
      throw unusable(file, e);
    }
  }

  /**
   * The graph, with its state.
   *
   * @return a new one each time
   * @throws IOException if the file is damaged or has no graph; the message names it
   */
  public ComputationGraph graph() throws IOException {
    requireKind("ComputationGraph", "network()");
    try {
      return verified(ModelSerializer.restoreComputationGraph(file.toFile(), true));
    } catch (IOException | RuntimeException e) {
      throw unusable(file, e);
    }
  }

  private void requireKind(String wanted, String other) throws IOException {
    String kind = position.getProperty(KIND);
    if (!wanted.equals(kind)) {
      throw new IOException(String.format("%s has a %s; call %s.", file, kind, other));
    }
  }

  private <M extends Model> M verified(M model) throws IOException {
    if (!fingerprint(Replica.of(model)).equals(position.getProperty("fingerprint"))) {
      throw new IOException("its parameters or state are not those that were written");
    }
    return model;
  }

  private static IOException unusable(Path file, Exception cause) {
    return new IOException(
        file
            + " cannot be used as a checkpoint: "
            + cause.getMessage()
            + ". Delete it to go on from the one before.",
        cause);
  }

  /**
   * The file.
   *
   * @return its path
   */
  public Path file() {
    return file;
  }

  /**
   * The rounds of its epoch that were done.
   *
   * @return 0 or more
   */
  public int round() {
    return number("round");
  }

  /**
   * What tells whether two trainings are at the same place, bit for bit.
   *
   * @return the CRC-32 of the parameters' bytes and of the state's, the counts of steps and epochs
   */
  public String fingerprint() {
    return position.getProperty("fingerprint");
  }

  private int number(String property) {
    return Integer.parseInt(position.getProperty(property));
  }

  void requireSettings(String averaged, int frequency) {
    require("what is averaged", averaged, position.getProperty("averaged"));
    require("averagingFrequency", frequency, number("averagingFrequency"));
  }

  void requireFit(Replica net, int batches, int workers) {
    require("workers", workers, number("workers"));
    require("the number of batches", batches, number("batches"));
    require(
        "the fingerprint of the network", fingerprint(net), position.getProperty("fingerprint"));
  }

  private void require(String what, Object given, Object written) {
    if (!given.equals(written)) {
      throw new IllegalArgumentException(
          String.format(
              "%s: %s is %s there and %s here. A training goes on with the checkpoint's network, the same data and"
                  + " the same settings; with others, fit that network without resume.",
              file, what, written, given));
    }
  }

  /** Makes a folder; refuses one whose checkpoints would be newer than those to come. */
  static void requireNoneAfter(Path folder, int iteration) throws IOException {
    Files.createDirectories(folder);
    List<Path> files = files(folder);
    if (!files.isEmpty()
        && name(iteration).compareTo(files.get(files.size() - 1).getFileName().toString()) < 0) {
      throw new IllegalArgumentException(
          String.format(
              "The network is at step %d, and %s is of a later one. Go on from it (resume), delete it, or name"
                  + " another folder.",
              iteration, files.get(files.size() - 1)));
    }
  }

  private static String name(int iteration) {
    return String.format("step-%010d.zip", iteration);
  }

  /** Writes one; what is there after a crash is the whole file or none. */
  static void write(
      Path folder, Replica net, String averaged, int frequency, int workers, int batches, int round)
      throws IOException {
    Properties position = new Properties();
    position.setProperty(
        KIND, net.model() instanceof ComputationGraph ? "ComputationGraph" : "MultiLayerNetwork");
    position.setProperty("averaged", averaged);
    position.setProperty("averagingFrequency", String.valueOf(frequency));
    position.setProperty("workers", String.valueOf(workers));
    position.setProperty("batches", String.valueOf(batches));
    position.setProperty("round", String.valueOf(round));
    position.setProperty("fingerprint", fingerprint(net));
    Files.createDirectories(folder);
    Path file = folder.resolve(name(net.iterations()));
    Path part = folder.resolve(file.getFileName() + ".part");
    try {
      writePart(part, net, position);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
    List<Path> files = files(folder);
    for (Path old : files.subList(0, Math.max(0, files.size() - KEPT))) {
      Files.delete(old);
    }
  }

  private static void writePart(Path part, Replica net, Properties position) throws IOException {
    ModelSerializer.writeModel(net.model(), part.toFile(), true);
    try (FileSystem zip = FileSystems.newFileSystem(part, (ClassLoader) null);
        OutputStream out = Files.newOutputStream(zip.getPath("/" + ENTRY))) {
      position.store(out, null);
    }
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("step-\\d{10}\\.zip"))
          .sorted()
          .collect(Collectors.toList());
    }
  }

  private static String fingerprint(Replica net) {
    return String.format(
        "%08x-%08x-%d-%d",
        ArrayBytes.crc(net.parameters()),
        ArrayBytes.crc(net.state()),
        net.iterations(),
        net.epochs());
  }
}
