package org.lowbit4j;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.dl4j.Configurations;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.regularization.LearningRateScale;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Changes learning rates of a network between steps, without touching its optimizer state.
 *
 * <p>DL4J's own {@code net.setLearningRate} rebuilds the updater, and fails if the rates decide
 * which variables share an updater block, unless {@link OptimManager} gave the layers scopes. Here
 * blocks stay what they are. A layer that shares its block with others has its updates multiplied
 * ({@link LearningRateScale}). The rates are part of the network's configuration: they are saved,
 * restored and cloned with it.
 *
 * <pre>{@code
 * LearningRates.of(net).set(1e-4);
 * LearningRates.of(net).set("head", 1e-3);
 * }</pre>
 */
public final class LearningRates {

  private final Supplier<BaseMultiLayerUpdater<?>> updater;
  private final List<LayerSlot> slots;

  private LearningRates(Supplier<BaseMultiLayerUpdater<?>> updater, List<LayerSlot> slots) {
    this.updater = updater;
    this.slots = slots;
  }

  /**
   * The learning rates of a network.
   *
   * @param net after {@code init()}
   * @return to be used between steps
   */
  public static LearningRates of(MultiLayerNetwork net) {
    return new LearningRates(
        () -> (BaseMultiLayerUpdater<?>) net.getUpdater(),
        Configurations.slots(net.getLayerWiseConfigurations()));
  }

  /**
   * The learning rates of a graph.
   *
   * @param net after {@code init()}
   * @return to be used between steps
   */
  public static LearningRates of(ComputationGraph net) {
    return new LearningRates(net::getUpdater, Configurations.slots(net.getConfiguration()));
  }

  /**
   * Sets the learning rate of all layers.
   *
   * @param rate 0 to 1e6
   * @throws IllegalArgumentException if out of range; nothing was changed
   */
  public void set(double rate) {
    Check.learningRate("learningRate", rate);
    change(slots, u -> u.setLrAndSchedule(rate, null), null);
  }

  /**
   * Sets the learning rate schedule of all layers.
   *
   * @param schedule values by iteration or epoch
   */
  public void set(ISchedule schedule) {
    Check.notNull("learning rate schedule", schedule);
    change(slots, u -> u.setLrAndSchedule(Double.NaN, schedule), null);
  }

  /**
   * Sets the learning rate of a layer, biases included.
   *
   * @param layer its name; {@code layer} with its index behind it if it has none
   * @param rate 0 to 1e6
   * @throws IllegalArgumentException if there is no such layer, it has no learning rate, or the
   *     rate is out of range; nothing was changed
   * @throws UnsupportedOperationException if the layer shares a block that has a schedule or
   *     learning rate 0, or DL4J does not regularize some parameter of it; nothing was changed
   */
  public void set(String layer, double rate) {
    Check.learningRate("learningRate", rate);
    change(
        List.of(slot(layer)), u -> u.setLrAndSchedule(rate, null), blockRate -> rate / blockRate);
  }

  /**
   * Sets the learning rate schedule of a layer, biases included.
   *
   * @param layer its name; {@code layer} with its index behind it if it has none
   * @param schedule values by iteration or epoch
   * @throws IllegalArgumentException if there is no such layer, or it has no learning rate
   * @throws UnsupportedOperationException if the layer shares its updater block with others;
   *     nothing was changed
   */
  public void set(String layer, ISchedule schedule) {
    Check.notNull("learning rate schedule", schedule);
    change(List.of(slot(layer)), u -> u.setLrAndSchedule(Double.NaN, schedule), null);
  }

  private LayerSlot slot(String layer) {
    return slots.stream()
        .filter(s -> s.name().equals(layer))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no layer " + layer + "; the layers are " + slots + "."));
  }

  /** Sets the rates of blocks that lie in the layers as a whole, and scales parts of others. */
  private void change(List<LayerSlot> layers, RateSetter setter, DoubleUnaryOperator scale) {
    List<Runnable> changes = new ArrayList<>();
    for (UpdaterBlock block : updater.get().getUpdaterBlocks()) {
      IUpdater config = block.getGradientUpdater().getConfig();
      List<UpdaterBlock.ParamState> inside =
          block.getLayersAndVariablesInBlock().stream()
              .filter(p -> layers.stream().anyMatch(s -> isOf(p, s)))
              .collect(Collectors.toList());
      if (inside.isEmpty() || !config.hasLearningRate()) {
        continue;
      }
      if (inside.size() == block.getLayersAndVariablesInBlock().size()) {
        changes.add(() -> setter.set(config));
        inside.forEach(p -> changes.add(() -> setter.set(updaterOf(p))));
        inside.forEach(p -> changes.add(scaling(layers, p, 1)));
      } else {
        double factor = factor(layers.get(0), config, scale);
        inside.forEach(p -> changes.add(scaling(layers, p, factor)));
      }
    }
    if (changes.isEmpty()) {
      throw new IllegalArgumentException(
          "No parameter of " + layers + " has an updater with a learning rate.");
    }
    changes.forEach(Runnable::run);
    keepBlocksApart();
  }

  private double factor(LayerSlot layer, IUpdater config, DoubleUnaryOperator scale) {
    boolean constant =
        config instanceof LearningRateConfig
            && ((LearningRateConfig<?>) config).getLearningRateSchedule() == null
            && config.getLearningRate(0, 0) > 0;
    if (scale == null || !constant) {
      throw new UnsupportedOperationException(
          "Layer "
              + layer.name()
              + " shares its updater block, and so its state, with others. That needs constant positive rates and"
              + " an updater of lowbit4j; it has "
              + config
              + ". Pass the configuration through OptimManager before making the network, and layers have blocks of"
              + " their own.");
    }
    return scale.applyAsDouble(config.getLearningRate(0, 0));
  }

  private Runnable scaling(
      List<LayerSlot> layers, UpdaterBlock.ParamState parameter, double factor) {
    LayerSlot slot = layers.stream().filter(s -> isOf(parameter, s)).findFirst().orElseThrow();
    String name = parameter.getParamName();
    if (factor != 1 && !slot.isRegularized(name)) {
      throw new UnsupportedOperationException(
          "Layer "
              + slot.name()
              + " shares its updater block with others, and DL4J does not let the updates of its parameter "
              + name
              + " be scaled. Pass the configuration through OptimManager before making the network, and layers have"
              + " blocks of their own.");
    }
    return () -> {
      if (slot.isRegularized(name)) {
        List<Regularization> all = new ArrayList<>(slot.regularizations(slot.groupOf(name)));
        boolean scaled = all.removeIf(LearningRateScale.class::isInstance);
        if (factor != 1) {
          all.add(new LearningRateScale(factor));
        }
        if (scaled || factor != 1) {
          slot.regularizations(slot.groupOf(name), all);
        }
      }
    };
  }

  /**
   * Blocks with equal updaters beside each other would be one when the network is restored, and the
   * state would no longer fit.
   */
  private void keepBlocksApart() {
    List<UpdaterBlock> blocks = updater.get().getUpdaterBlocks();
    for (int i = 1; i < blocks.size(); i++) {
      IUpdater config = blocks.get(i).getGradientUpdater().getConfig();
      if (config instanceof LowBitConfig
          && config.equals(blocks.get(i - 1).getGradientUpdater().getConfig())) {
        String scope = "block " + i;
        ((LowBitConfig<?>) config).scope(scope);
        blocks
            .get(i)
            .getLayersAndVariablesInBlock()
            .forEach(p -> ((LowBitConfig<?>) updaterOf(p)).scope(scope));
      }
    }
  }

  private static boolean isOf(UpdaterBlock.ParamState parameter, LayerSlot slot) {
    return slot.configurations().stream().anyMatch(c -> c == parameter.getLayer().getConfig());
  }

  private static IUpdater updaterOf(UpdaterBlock.ParamState parameter) {
    return parameter.getLayer().getConfig().getUpdaterByParam(parameter.getParamName());
  }

  private interface RateSetter {
    void set(IUpdater updater);
  }
}
