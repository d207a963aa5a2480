package org.lowbit4j.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.junit.jupiter.api.Test;
import org.lowbit4j.dl4j.Configurations;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What is chosen after one choice and another, and what a refused choice leaves. */
class LayerSelectorTest {

  private static final Set<ParameterGroup> ALL =
      Set.of(ParameterGroup.WEIGHTS, ParameterGroup.BIASES);
  private static final Set<ParameterGroup> BIASES = Set.of(ParameterGroup.BIASES);

  private static List<LayerSlot> slots(Layer... layers) {
    NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder().list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    return Configurations.slots(list.build());
  }

  private static DenseLayer dense(String name, boolean bias) {
    return new DenseLayer.Builder().name(name).nIn(3).nOut(3).hasBias(bias).build();
  }

  private final List<LayerSlot> slots =
      slots(
          dense("in", true),
          new BatchNormalization.Builder().name("norm").nOut(3).build(),
          new ActivationLayer.Builder().name("act").activation(Activation.RELU).build(),
          dense("out", true));

  private final LayerSelector selector = new LayerSelector(slots);

  private void layer(String name) {
    selector.select("layer(\"" + name + "\")", slot -> slot.name().equals(name));
  }

  private Map<String, Set<ParameterGroup>> chosen() {
    Map<String, Set<ParameterGroup>> chosen = new LinkedHashMap<>();
    slots.forEach(slot -> chosen.put(slot.name(), selector.byIndex().apply(slot)));
    chosen.values().removeIf(Set::isEmpty);
    return chosen;
  }

  @Test
  void allLayersFollowOnANarrowerChoice() {
    layer("in");
    selector.narrow("biases()", ParameterGroup.BIASES);
    assertThat(chosen()).isEqualTo(Map.of("in", BIASES));
    selector.all();
    assertThat(chosen()).containsOnlyKeys("in", "norm", "act", "out").containsValue(ALL);
    assertThat(chosen().values()).containsOnly(ALL);
  }

  @Test
  void smallParametersFollowOnANarrowerChoice() {
    layer("in");
    selector.narrow("biases()", ParameterGroup.BIASES);
    selector.smallParameters();
    assertThat(chosen()).containsEntry("in", BIASES).containsEntry("norm", ALL);
    assertThat(chosen()).containsEntry("out", BIASES);
    layer("out");
    assertThat(chosen()).isEqualTo(Map.of("out", ALL));
  }

  @Test
  void smallParametersCannotBeNarrowed() {
    selector.smallParameters();
    assertThatThrownBy(() -> selector.narrow("weights()", ParameterGroup.WEIGHTS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weights() cannot follow smallParameters(); select layers first.");
    assertThatThrownBy(() -> selector.parameter("b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameter(\"b\") cannot follow smallParameters(); select layers first.");
    assertThat(chosen()).containsEntry("in", BIASES).containsEntry("norm", ALL);
  }

  /** Biases or a norm are enough. */
  @Test
  void smallParametersAreRefusedWhereThereAreNone() {
    LayerSelector none = new LayerSelector(slots(dense("a", false), dense("c", false)));
    none.select("layer(\"c\")", slot -> slot.name().equals("c"));
    assertThatThrownBy(none::smallParameters)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("selects nothing")
        .hasMessageContaining("the layers have a [W], c [W].");
    LayerSlot first = slots(dense("a", false)).get(0);
    assertThat(none.byIndex().apply(first)).as("the choice before").isEmpty();
    new LayerSelector(slots(dense("a", false), dense("c", true))).smallParameters();
    new LayerSelector(
            slots(dense("a", false), new BatchNormalization.Builder().name("n").nOut(3).build()))
        .smallParameters();
  }

  @Test
  void messagesTellWhatThereIs() {
    assertThatThrownBy(() -> layer("head"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "layer(\"head\") selects nothing; the layers are [0 in, 1 norm, 2 act, 3 out].");
    assertThatThrownBy(() -> layer("act"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "layer(\"act\") selects [2 act], which has no parameters to train; the layers are"
                + " [0 in, 1 norm, 2 act, 3 out].");
    layer("out");
    assertThatThrownBy(() -> selector.parameter("gamma"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameter(\"gamma\") is in no selected layer; they have out [W, b].");
    assertThat(chosen()).isEqualTo(Map.of("out", ALL));
  }

  /** A layer of a user's own, whose W is a bias. */
  public static final class OddNames extends SameDiffLayer {

    private static final long serialVersionUID = 1L;

    @Override
    public void defineParameters(SDLayerParams params) {
      params.addBiasParam("W", 1, 3);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
      params.get("W").assign(0);
    }

    @Override
    public SDVariable defineLayer(
        SameDiff sd, SDVariable in, Map<String, SDVariable> params, SDVariable mask) {
      return in.add(params.get("W"));
    }

    @Override
    public InputType getOutputType(int index, InputType in) {
      return in;
    }
  }

  @Test
  void aNameOfWeightsHereAndBiasesThereIsRefused() {
    LayerSelector mixed = new LayerSelector(slots(dense("in", true), new OddNames()));
    assertThatThrownBy(() -> mixed.parameter("W"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("[W] of layer layer1", "W cannot have its own");
    mixed.select("layer(1)", slot -> slot.index() == 1);
    mixed.parameter("W");
  }
}
