package org.lowbit4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.serde.FlatBuffersMapper;
import org.nd4j.graph.FlatArray;
import org.nd4j.graph.FlatGraph;
import org.nd4j.graph.FlatVariable;
import org.nd4j.graph.UpdaterState;
import org.nd4j.graph.VarType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Reads a file of SameDiff's: state variable by variable, each with a name. The format has no
 * checksum of its own, and no length.
 */
final class SameDiffModel {

  private final ModelReport report;
  private final FlatGraph graph;
  private final Map<String, Long> sizes = new HashMap<>();

  private SameDiffModel(File file, FlatGraph graph) {
    this.report = new ModelReport(file.getPath());
    this.graph = graph;
  }

  static ModelReport read(File file) {
    ModelReport[] report = new ModelReport[1];
    with(
        file,
        graph -> {
          SameDiffModel model = new SameDiffModel(file, graph);
          model.read();
          report[0] = model.report;
        });
    return report[0];
  }

  /** Looks at a graph while its file is open. */
  @FunctionalInterface
  interface Reader {
    void read(FlatGraph graph) throws IOException;
  }

  /**
   * Opens a file.
   *
   * @throws Failure if it is none, or not a whole one
   */
  static void with(File file, Reader reader) {
    try (FileChannel channel = FileChannel.open(file.toPath(), StandardOpenOption.READ)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new Failure(file + " has more than 2 GiB, which no SameDiff file has.", null);
      }
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      reader.read(FlatGraph.getRootAsFlatGraph(bytes));
    } catch (IOException e) {
      throw new Failure(file + " cannot be read: " + e.getMessage(), e);
    } catch (IndexOutOfBoundsException | IllegalArgumentException | NegativeArraySizeException e) {
      throw new Failure(
          file
              + " is neither a file of ModelSerializer.writeModel nor one of SameDiff.save, or not"
              + " a whole one.",
          e);
    }
  }

  private void read() throws IOException {
    report.kind = "SameDiff";
    int variables = graph.variablesLength();
    for (int i = 0; i < variables; i++) {
      FlatVariable variable = graph.variables(i);
      if (variable.variabletype() == VarType.VARIABLE) {
        long elements = elements(variable.ndarray());
        sizes.put(variable.name(), elements);
        report.parameters += elements;
        report.type = type(variable.dtype());
      }
    }
    if (sizes.isEmpty()) {
      throw withoutVariables(variables);
    }
    String json = graph.trainingConfig();
    TrainingConfig config = json == null ? null : TrainingConfig.fromJson(json);
    if (config != null) {
      report.iteration = config.getIterationCount();
      report.epoch = config.getEpochCount();
    }
    report.hasState = graph.updaterStateLength() > 0;
    for (int i = 0; i < graph.updaterStateLength(); i++) {
      read(graph.updaterState(i), config == null ? null : config.getUpdater());
    }
  }

  /** What there is to say of a model of constants, or of a file that is none. */
  private RuntimeException withoutVariables(int variables) {
    for (int i = 0; i < variables; i++) {
      FlatVariable variable = graph.variables(i);
      if (variable.variabletype() == VarType.CONSTANT && variable.ndarray() != null) {
        return new Failure(
            report.file
                + " is a SameDiff model of constants only: it has no variables, and so no updater"
                + " state.",
            null);
      }
    }
    return new IllegalArgumentException("no variables");
  }

  /** Of an array with its rank, shape, strides and so on. */
  private static long elements(FlatArray array) {
    if (array == null) {
      throw new IllegalArgumentException("a variable without array");
    }
    long elements = 1;
    for (int d = 1; d <= array.shape(0); d++) {
      elements *= array.shape(d);
    }
    return elements;
  }

  private void read(UpdaterState state, IUpdater updater) throws IOException {
    String name = state.paramName();
    int n = state.updaterStateKeysLength();
    long bytes = 0;
    for (int i = 0; i < n; i++) {
      bytes += state.updaterStateValues(i).bufferLength();
    }
    String updaterName = updater == null ? "?" : updater.getClass().getSimpleName();
    BlockReport block =
        new BlockReport(report.blocks.size() + 1, updaterName, sizes.getOrDefault(name, 0L), bytes);
    block.layers.put(name, new ArrayList<>());
    report.blocks.add(block);
    List<MomentReport> moments = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      read(block, state.updaterStateKeys(i), state.updaterStateValues(i), updater);
      moments.addAll(block.moments);
    }
    block.moments = moments;
  }

  private void read(BlockReport block, String key, FlatArray array, IUpdater updater)
      throws IOException {
    DataType dataType = type(array.dtype());
    if (dataType == null) {
      damage(block, key, -1, "its data type is none of FLOAT, DOUBLE and HALF");
      return;
    }
    WordType type = WordType.of(dataType, "state");
    ByteBuffer words = array.bufferAsByteBuffer().order(ByteOrder.BIG_ENDIAN);
    StateReader reader =
        new StateReader(
            block,
            type,
            words.remaining() / type.bytes(),
            to -> copy(words, to, type),
            (at, what) -> damage(block, key, at - at % type.bytes(), what));
    boolean ours = updater instanceof LowBitConfig;
    if (ours != key.equals(LowBitUpdater.STATE)) {
      damage(
          block,
          key,
          -1,
          "it is not of the updater in the training configuration, " + block.updater);
    } else if (ours) {
      reader.read(updater);
    } else {
      reader.readPlain(List.of(key));
    }
  }

  private void damage(BlockReport block, String key, long at, String what) {
    report.damages.add(new Damage(block.place(), "array " + key, at, what));
  }

  private static void copy(ByteBuffer from, ByteBuffer to, WordType type) {
    while (to.hasRemaining()) {
      switch (type) {
        case HALF:
          to.putShort(from.getShort());
          break;
        case FLOAT:
          to.putInt(from.getInt());
          break;
        default:
          to.putLong(from.getLong());
      }
    }
  }

  private static DataType type(byte code) {
    for (WordType type : WordType.values()) {
      if (FlatBuffersMapper.getDataTypeAsByte(type.dataType()) == code) {
        return type.dataType();
      }
    }
    return null;
  }
}
