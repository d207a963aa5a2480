package org.lowbit4j.dl4j;

import java.util.List;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.updater.UpdaterBlock;

/**
 * A parameter in an updater block.
 *
 * <p>DL4J's class for it has one name in 1.0.0-M2.1 and another one in the release that follows,
 * and the same methods in both, which therefore are called by their names.
 */
public final class BlockParameter {

  private final Trainable layer;
  private final String name;
  private final long start;
  private final long end;

  private BlockParameter(Object state) {
    layer = (Trainable) get(state, "getLayer");
    name = (String) get(state, "getParamName");
    start = ((Number) get(state, "getParamOffsetStart")).longValue();
    end = ((Number) get(state, "getParamOffsetEnd")).longValue();
  }

  /**
   * The parameters of a block.
   *
   * @param block of a network's updater
   * @return one or more, in DL4J's order
   */
  public static List<BlockParameter> of(UpdaterBlock block) {
    List<?> states = block.getLayersAndVariablesInBlock();
    return states.stream().map(BlockParameter::new).collect(Collectors.toList());
  }

  /**
   * The configuration of the layer or vertex that has it.
   *
   * @return DL4J's object, not a copy
   */
  public TrainingConfig configuration() {
    return layer.getConfig();
  }

  /**
   * Its name in the layer.
   *
   * @return such as {@code W}
   */
  public String name() {
    return name;
  }

  /**
   * Where it begins.
   *
   * @return an index into the network's parameters
   */
  public long start() {
    return start;
  }

  /**
   * Its size.
   *
   * @return elements, 1 or more
   */
  public long length() {
    return end - start;
  }

  /**
   * Its shape in the layer.
   *
   * @return as DL4J has it
   */
  public long[] shape() {
    return layer.paramTable(false).get(name).shape();
  }

  private static Object get(Object state, String getter) {
    try {
      return state.getClass().getMethod(getter).invoke(state);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          String.format(
              "This Deeplearning4j is not known: %s has no method %s. Use 1.0.0-M2.1.",
              state.getClass().getName(), getter),
          e);
    }
  }
}
