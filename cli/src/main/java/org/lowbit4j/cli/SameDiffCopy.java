package org.lowbit4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.graph.FlatArray;
import org.nd4j.graph.FlatGraph;
import org.nd4j.graph.FlatNode;
import org.nd4j.graph.FlatVariable;

/**
 * A SameDiff file that is loaded, changed and written by SameDiff, which needs a backend. Variables
 * and constants are compared with the source, byte by byte, and operations with their arguments: of
 * BFLOAT16 arrays, for one, 1.0.0-M2.1 writes other bytes than it reads.
 */
final class SameDiffCopy {

  private final File source;

  /** The model, to be changed. */
  final SameDiff model;

  /**
   * Loads a model.
   *
   * @param withState whether with the state of its updater
   * @throws Failure if it cannot be loaded
   */
  SameDiffCopy(File source, boolean withState) {
    Backend.require();
    this.source = source;
    try {
      model = SameDiff.load(source, withState);
    } catch (RuntimeException e) {
      throw new Failure(source + " cannot be loaded by SameDiff: " + e, e);
    }
  }

  /**
   * Writes the model.
   *
   * @throws Failure if it was not written, or not as it was read; nothing is left then
   */
  void write(OutputFile target, boolean withState) throws IOException {
    ByteBuffer written = model.asFlatBuffers(withState);
    SameDiffModel.with(source, graph -> requireSame(graph, written));
    target.write(
        out ->
            out.write(
                written.array(), written.arrayOffset() + written.position(), written.remaining()));
  }

  private void requireSame(FlatGraph before, ByteBuffer written) {
    FlatGraph graph = FlatGraph.getRootAsFlatGraph(written.slice());
    Map<String, String> operations = operations(graph);
    operations(before)
        .forEach((name, operation) -> require(operation.equals(operations.get(name)), name));
    Map<String, FlatArray> after = arrays(graph);
    arrays(before)
        .forEach(
            (name, array) -> {
              FlatArray copy = after.get(name);
              boolean same =
                  copy != null
                      && copy.dtype() == array.dtype()
                      && copy.bufferAsByteBuffer().equals(array.bufferAsByteBuffer());
              require(same, name);
            });
  }

  private void require(boolean same, String name) {
    if (!same) {
      throw new Failure(
          "SameDiff does not write "
              + name
              + " as it stands in "
              + source
              + ": the new file would be another model. Nothing was written.",
          null);
    }
  }

  /** Type, number and arguments, by name. */
  private static Map<String, String> operations(FlatGraph graph) {
    Map<String, String> operations = new HashMap<>();
    for (int i = 0; i < graph.nodesLength(); i++) {
      FlatNode n = graph.nodes(i);
      StringBuilder text = new StringBuilder();
      text.append(n.opType()).append(' ').append(n.opNum()).append(" inputs ");
      text.append(n.inputPairedLength());
      list(text, n.extraParamsLength(), n::extraParams);
      list(text, n.extraIntegerLength(), n::extraInteger);
      list(text, n.extraBoolsLength(), n::extraBools);
      list(text, n.dimensionsLength(), n::dimensions);
      list(text, n.extraStringsLength(), n::extraStrings);
      operations.put(n.name(), text.toString());
    }
    return operations;
  }

  private static void list(StringBuilder text, int length, IntFunction<?> element) {
    text.append(';');
    for (int i = 0; i < length; i++) {
      text.append(' ').append(element.apply(i));
    }
  }

  private static Map<String, FlatArray> arrays(FlatGraph graph) {
    Map<String, FlatArray> arrays = new HashMap<>();
    for (int i = 0; i < graph.variablesLength(); i++) {
      FlatVariable variable = graph.variables(i);
      if (variable.ndarray() != null) {
        arrays.put(variable.name(), variable.ndarray());
      }
    }
    return arrays;
  }
}
