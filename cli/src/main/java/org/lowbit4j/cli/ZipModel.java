package org.lowbit4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.util.ModelSerializer;
import org.lowbit4j.dl4j.ArrayHeader;
import org.lowbit4j.dl4j.BlockDivision;
import org.lowbit4j.dl4j.Checkpoint;
import org.lowbit4j.memory.WordType;

/** Reads a file of ModelSerializer's, part by part and without ND4J's backend. */
final class ZipModel {

  private static final String STATE = ModelSerializer.UPDATER_BIN;
  private static final String PARAMETERS = ModelSerializer.COEFFICIENTS_BIN;
  private static final String CONFIGURATION = ModelSerializer.CONFIGURATION_JSON;

  private final Checkpoint checkpoint;
  private final ModelReport report;
  private long done;

  private ZipModel(File file, Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
    this.report = new ModelReport(file.getPath());
  }

  /**
   * Reads a file.
   *
   * @param all whether parameters are read to their end, too
   * @throws Failure if it is none
   */
  static ModelReport read(File file, boolean all) {
    try (Checkpoint checkpoint = new Checkpoint(file)) {
      ZipModel model = new ZipModel(file, checkpoint);
      model.read(all);
      return model.report;
    } catch (IOException e) {
      throw new Failure(e.getMessage(), e);
    }
  }

  private void read(boolean all) throws IOException {
    checkpoint.readStateAhead(); // to load DL4J's classes takes about as long
    List<BlockDivision.Block> blocks = readConfiguration();
    if (readParameters(all)) {
      long expected = blocks.stream().mapToLong(BlockDivision.Block::elements).sum();
      if (expected != report.parameters) {
        damage(
            PARAMETERS,
            String.format(
                "there are %,d parameters; the layers of configuration.json have %,d",
                report.parameters, expected));
      }
      report.hasState = checkpoint.has(STATE);
      readBlocks(blocks);
    }
  }

  private List<BlockDivision.Block> readConfiguration() throws IOException {
    if (checkpoint.has(CONFIGURATION)) {
      try {
        checkpoint.json();
      } catch (IOException e) {
        throw new Failure(e.getMessage(), e, Failure.DAMAGED);
      }
    }
    Object configuration = checkpoint.configuration();
    if (configuration instanceof MultiLayerConfiguration) {
      report.kind = "MultiLayerNetwork";
      report.iteration = ((MultiLayerConfiguration) configuration).getIterationCount();
      report.epoch = ((MultiLayerConfiguration) configuration).getEpochCount();
    } else {
      report.kind = "ComputationGraph";
      report.iteration = ((ComputationGraphConfiguration) configuration).getIterationCount();
      report.epoch = ((ComputationGraphConfiguration) configuration).getEpochCount();
    }
    return checkpoint.blocks(configuration);
  }

  private boolean readParameters(boolean all) {
    try {
      ArrayHeader header = checkpoint.parameters(all);
      report.type = header.type();
      report.parameters = header.length();
      return true;
    } catch (IOException e) {
      damage(PARAMETERS, e.getMessage());
      return false;
    }
  }

  private void readBlocks(List<BlockDivision.Block> blocks) {
    for (BlockDivision.Block block : blocks) {
      BlockReport of =
          new BlockReport(
              report.blocks.size() + 1,
              block.updater().getClass().getSimpleName(),
              block.elements(),
              block.words() * report.type.width());
      block
          .variables()
          .forEach(
              v -> of.layers.computeIfAbsent(v.layer(), name -> new ArrayList<>()).add(v.name()));
      report.blocks.add(of);
    }
    if (report.hasState) {
      readState(blocks);
    }
  }

  private void readState(List<BlockDivision.Block> blocks) {
    BlockReport current = null;
    long start = 0;
    try {
      ArrayHeader header = checkpoint.openState();
      start = header.bytes();
      long expected = blocks.stream().mapToLong(BlockDivision.Block::words).sum();
      if (header.type() != report.type || header.length() != expected) {
        damage(
            STATE,
            String.format(
                "it has %,d words of %s; by configuration.json it is %,d words of %s",
                header.length(), header.type(), expected, report.type));
        return;
      }
      for (int i = 0; i < blocks.size(); i++) {
        current = report.blocks.get(i);
        if (blocks.get(i).words() > 0) {
          readState(blocks.get(i), current, start);
        }
      }
      current = null;
      checkpoint.closeState();
    } catch (IOException e) {
      String where = current == null ? null : current.place();
      report.damages.add(new Damage(where, STATE, current == null ? -1 : start + done, text(e)));
    }
  }

  private void readState(BlockDivision.Block block, BlockReport of, long start) throws IOException {
    WordType type = WordType.of(report.type, "state");
    long first = start + done;
    new StateReader(
            of,
            type,
            block.words(),
            this::read,
            (at, what) ->
                report.damages.add(
                    new Damage(of.place(), STATE, first + at - at % type.bytes(), what)))
        .read(block.updater());
  }

  private void read(ByteBuffer words) throws IOException {
    int n = words.remaining();
    checkpoint.readState(words);
    done += n;
  }

  private void damage(String part, String what) {
    report.damages.add(new Damage(null, part, -1, what));
  }

  /** What the archive says where its reader does not. */
  private static String text(IOException e) {
    String cause = e.getCause() == null ? null : e.getCause().getMessage();
    return e.getMessage() + (cause == null ? "" : " (" + cause + ")");
  }
}
