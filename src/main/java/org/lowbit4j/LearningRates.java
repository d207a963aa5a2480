package org.lowbit4j;

import java.util.List;
import java.util.function.Consumer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.check.Check;
import org.lowbit4j.convert.SameDiffState;
import org.lowbit4j.dl4j.Configurations;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.StateSlot;
import org.lowbit4j.plan.BlockRates;
import org.lowbit4j.plan.Selection;
import org.lowbit4j.regularization.LearningRateScale;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Changes learning rates of a network between two steps, without touching its optimizer state.
 *
 * <p>DL4J's own {@code net.setLearningRate} rebuilds the updater, and fails if the rates decide
 * which variables share an updater block, unless {@link OptimManager} gave the layers scopes; it
 * knows neither bias updaters nor wrapped layers. Here blocks stay what they are. A layer that
 * shares its block with others has its updates multiplied ({@link LearningRateScale}), until its
 * rate, or that of the whole network, is set again, here or by DL4J. The rates are part of the
 * network's configuration: they are saved and restored with it, and {@code
 * net.getLearningRate(layer)} and listeners report them, of a parameter whose updater others of its
 * layer have, too, that of the layer. Clones of the network keep theirs. {@code l1}, {@code l2} and
 * {@code weightDecay} of {@code FineTuneConfiguration} replace a layer's regularizations, and with
 * them its rate in a block that it shares: set it anew then.
 *
 * <pre>{@code
 * LearningRates.of(net).set(1e-4);
 * LearningRates.of(net).set("head", 1e-3);
 * LearningRates.of(net).set("head", "b", 1e-2);
 * }</pre>
 */
public final class LearningRates {

  private final List<LayerSlot> slots;
  private final Change change;

  private LearningRates(List<LayerSlot> slots, Change change) {
    this.slots = slots;
    this.change = change;
  }

  /** Sets the rate of some of the slots, null for a schedule. */
  @FunctionalInterface
  private interface Change {
    void apply(Selection selected, Consumer<IUpdater> setter, Double rate);
  }

  /**
   * The learning rates of a network.
   *
   * @param net after {@code init()}
   * @return to be used by any thread, also while another trains, and by listeners; what is set
   *     takes effect with the next step
   */
  public static LearningRates of(MultiLayerNetwork net) {
    StateSlot<MultiLayerNetwork> state = StateSlot.of(net);
    return ofBlocks(state, Configurations.slots(net.getLayerWiseConfigurations()));
  }

  /**
   * The learning rates of a graph.
   *
   * @param net after {@code init()}
   * @return to be used by any thread, also while another trains, and by listeners; what is set
   *     takes effect with the next step
   */
  public static LearningRates of(ComputationGraph net) {
    StateSlot<ComputationGraph> state = StateSlot.of(net);
    return ofBlocks(state, Configurations.slots(net.getConfiguration()));
  }

  /**
   * The learning rate of a SameDiff model, which has one for all variables.
   *
   * @param model after {@code setTrainingConfig}
   * @return to be used by the thread that trains, between two steps, as by listeners
   * @throws IllegalStateException if the model has no training configuration
   */
  public static LearningRates of(SameDiff model) {
    SameDiffState state = SameDiffState.of(Check.notNull("model", model));
    return new LearningRates(state.layers(), (all, setter, rate) -> state.change(setter));
  }

  private static LearningRates ofBlocks(StateSlot<?> state, List<LayerSlot> slots) {
    return new LearningRates(
        slots,
        (selected, setter, rate) ->
            state.betweenSteps(
                updater ->
                    new BlockRates(updater.getUpdaterBlocks(), slots, selected)
                        .change(setter, rate)));
  }

  /**
   * Sets the learning rate of all layers.
   *
   * @param rate 0 to 1e6
   * @throws IllegalArgumentException if out of range; nothing was changed
   * @throws UnsupportedOperationException if neighbouring blocks with ND4J's updaters would become
   *     equal; nothing was changed
   */
  public void set(double rate) {
    Check.learningRate("learningRate", rate);
    change(slots, u -> u.setLrAndSchedule(rate, null), rate);
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
   * @throws UnsupportedOperationException if the layer shares a block that has a schedule, learning
   *     rate 0 or an updater of ND4J, or its updater object serves other parameters, or DL4J does
   *     not regularize some parameter of it; nothing was changed
   */
  public void set(String layer, double rate) {
    Check.learningRate("learningRate", rate);
    change(List.of(slot(layer)), u -> u.setLrAndSchedule(rate, null), rate);
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

  /**
   * Sets the learning rate of a parameter of a layer, as far as DL4J tells it from others: one with
   * an updater block of its own, or one whose updates can be scaled by themselves, as those of a
   * layer's only bias or only weight.
   *
   * @param layer its name; {@code layer} with its index behind it if it has none
   * @param parameter such as {@code b}
   * @param rate 0 to 1e6
   * @throws IllegalArgumentException if there is no such layer or parameter, it has no learning
   *     rate, or the rate is out of range; nothing was changed
   * @throws UnsupportedOperationException as {@link #set(String, double)}, and if DL4J regularizes
   *     the parameter together with others of the layer; nothing was changed
   */
  public void set(String layer, String parameter, double rate) {
    Check.learningRate("learningRate", rate);
    LayerSlot slot = slot(layer);
    if (!slot.groups().containsKey(parameter)) {
      throw new IllegalArgumentException(
          String.format(
              "Layer %s has no parameter %s with an updater; it has %s.",
              layer, parameter, slot.groups().keySet()));
    }
    change.apply(
        new Selection(List.of(slot), parameter), u -> u.setLrAndSchedule(rate, null), rate);
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

  private void change(List<LayerSlot> layers, Consumer<IUpdater> setter, Double rate) {
    change.apply(new Selection(layers, null), setter, rate);
  }
}
