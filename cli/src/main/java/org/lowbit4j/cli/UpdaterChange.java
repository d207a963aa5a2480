package org.lowbit4j.cli;

import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.lowbit4j.OptimManager;
import org.lowbit4j.convert.MomentMap;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Gives layers another updater, with what the one before it has that the new one has, too. */
final class UpdaterChange {

  private static final String[] OURS = {
    "AMSGrad8bit",
    "AdEMAMix8bit",
    "AdaBelief8bit",
    "AdaDelta8bit",
    "AdaMax8bit",
    "Adagrad8bit",
    "Adam8bit",
    "AdamW8bit",
    "LAMB8bit",
    "LARS8bit",
    "Lion8bit",
    "Nadam8bit",
    "Nesterovs8bit",
    "RMSprop8bit",
    "SGD8bit"
  };

  private static final String[] ND4J = {
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "Nadam",
    "Nesterovs",
    "NoOp",
    "RmsProp",
    "Sgd"
  };

  /** What makes sense to any updater that has it. */
  private static final Set<String> GENERAL =
      Set.of(
          "learningRate",
          "learningRateSchedule",
          "weightDecay",
          "optimBits",
          "blockSize",
          "min8bitSize",
          "quantMap",
          "percentileClipping");

  /** What is for the place that an updater has in a network. */
  private static final Set<String> OF_PLACE =
      Set.of("@class", "scope", "checked", "blockElements", "blockRate", "dataType");

  private static final ObjectMapper MAPPER = NeuralNetConfiguration.mapper();

  private final Class<? extends IUpdater> target;

  /**
   * Finds the updater.
   *
   * @param name simple name of its class, in any case
   * @throws Failure if there is none
   */
  UpdaterChange(String name) {
    Map<String, String> classes = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String n : OURS) {
      classes.put(n, "org.lowbit4j." + n);
    }
    for (String n : ND4J) {
      classes.put(n, "org.nd4j.linalg.learning.config." + n);
    }
    String found = classes.get(name);
    if (found == null) {
      throw new Failure(
          "There is no updater "
              + name
              + "; there are "
              + String.join(", ", classes.keySet())
              + ".",
          null);
    }
    try {
      target = Class.forName(found).asSubclass(IUpdater.class);
    } catch (ClassNotFoundException e) {
      throw new Failure(found + " is not on the class path.", e);
    }
  }

  /** Whether the updater is one of this library's. */
  boolean isOurs() {
    return LowBitConfig.class.isAssignableFrom(target);
  }

  String name() {
    return target.getSimpleName();
  }

  /** Changes a layer, unless it has nothing to train. */
  void apply(OptimManager<?> manager, LayerSlot slot) {
    if (slot.groups().isEmpty()) {
      return;
    }
    IUpdater biases = slot.updater(ParameterGroup.BIASES);
    boolean apart = biases != null && !slot.parameters(ParameterGroup.BIASES).isEmpty();
    if (!apart || !slot.parameters(ParameterGroup.WEIGHTS).isEmpty()) {
      OptimManager<?> layer = manager.layer(slot.index());
      change(apart ? layer.weights() : layer, slot.updater(ParameterGroup.WEIGHTS));
    }
    if (apart) {
      change(manager.layer(slot.index()).biases(), biases);
    }
  }

  private void change(OptimManager<?> selected, IUpdater before) {
    if (isTwin(before)) {
      if (isOurs()) {
        selected.lowBit();
      } else {
        selected.nd4j();
      }
    } else if (before.getClass() != target) {
      selected.updater(of(before));
    }
  }

  /** Whether the target is the same on the other side, which has the same hyper-parameters. */
  private boolean isTwin(IUpdater before) {
    String name = before.getClass().getSimpleName();
    return before instanceof LowBitConfig != isOurs()
        && (isOurs() ? name + "8bit" : name.replace("8bit", "")).equalsIgnoreCase(name());
  }

  private IUpdater of(IUpdater before) {
    ObjectNode old = MAPPER.valueToTree(before);
    try {
      IUpdater fresh = target.getDeclaredConstructor().newInstance();
      UpdateRule rule = MomentMap.rule(before);
      boolean sameRule = rule != null && rule == MomentMap.rule(fresh);
      ObjectNode made = MAPPER.valueToTree(fresh);
      for (Iterator<Map.Entry<String, JsonNode>> all = old.fields(); all.hasNext(); ) {
        Map.Entry<String, JsonNode> field = all.next();
        boolean taken =
            made.has(field.getKey())
                && !isNoDecay(field)
                && !OF_PLACE.contains(field.getKey())
                && (sameRule || GENERAL.contains(field.getKey()));
        if (taken) {
          made.set(field.getKey(), field.getValue());
        }
      }
      return MAPPER.treeToValue(made, IUpdater.class);
    } catch (JsonProcessingException | ReflectiveOperationException e) {
      throw new Failure("A " + name() + " cannot be made of " + before + ": " + e.getMessage(), e);
    }
  }

  /** Who asks for AdamW after Adam asks for weight decay: the new updater's own stays. */
  private static boolean isNoDecay(Map.Entry<String, JsonNode> field) {
    return field.getKey().equals("weightDecay") && field.getValue().asDouble() == 0;
  }
}
