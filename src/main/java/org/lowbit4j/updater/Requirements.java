package org.lowbit4j.updater;

import java.util.Set;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.state.StateMemory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/** What an updater needs of the arrays that it is given, and of ND4J. */
final class Requirements {

  private Requirements() {}

  static void knownBackend() {
    OpExecutioner.ExecutionerType type = Nd4j.getExecutioner().type();
    if (type != OpExecutioner.ExecutionerType.NATIVE_CPU
        && type != OpExecutioner.ExecutionerType.CUDA) {
      throw new UnsupportedOperationException(
          "The ND4J backend is " + type + "; lowbit4j works with nd4j-native and nd4j-cuda.");
    }
  }

  static void oneKey(Set<String> keys, String key, LowBitConfig<?> config) {
    if (keys.size() != 1 || !keys.contains(key)) {
      throw new IllegalArgumentException(
          String.format(
              "The state map has keys %s; %s keeps its state under the one key %s. State of another updater cannot be used.",
              keys, config.getClass().getSimpleName(), key));
    }
  }

  static void open(INDArray array, String what) {
    if (array.wasClosed()) {
      throw new IllegalStateException(
          String.format(
              "The %s was closed (INDArray.close(), close() of its network, or PagedState moved it); its memory is gone. If the"
                  + " network is open, take its updater anew.",
              what));
    }
  }

  /** A HALF array has no room for what was reserved in FLOAT words. */
  static void words(WordType words, LowBitConfig<?> config) {
    if (words.bytes() < WordType.of(config.getDataType(), "updater").bytes()) {
      throw new IllegalArgumentException(
          String.format(
              "The network's data type is %s, the updater's is %s: the state array has too few bytes. Write new"
                  + " %s(...).dataType(DataType.%1$s). To convert a trained network for its output, take its updater away"
                  + " first: net.setUpdater(null), then net.convertDataType(...).",
              words, config.getDataType(), config.getClass().getSimpleName()));
    }
  }

  /** Arrays made by hand have the size of ND4J's, and DL4J's are made for blocks to come. */
  static void room(StateMemory memory, long elements, LowBitConfig<?> config) {
    long needed = config.stateSize(elements) * config.getDataType().width();
    if (elements != memory.view().length() && memory.bytes() < needed) {
      throw new IllegalArgumentException(
          String.format(
              "The state array has %d words; state of a gradient of %d elements has %d, which is no multiple of them."
                  + " Write config.instantiate(Nd4j.zeros(1, config.stateSize(%2$d)), true).",
              memory.view().length(), elements, config.stateSize(elements)));
    }
  }
}
