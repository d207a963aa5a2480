package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.layers.StableEmbeddingLayer;
import org.lowbit4j.layers.StableEmbeddingSequenceLayer;
import org.lowbit4j.regularization.CoupledWeightDecay;
import org.lowbit4j.regularization.DecoupledWeightDecay;
import org.lowbit4j.regularization.LambTrustRatio;
import org.lowbit4j.regularization.LarsTrustRatio;
import org.lowbit4j.regularization.LearningRateScale;
import org.lowbit4j.regularization.OptimizerRegularization;
import org.lowbit4j.regularization.UpdaterCheck;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LearningRateConfig;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.MomentumConfig;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.CycleSchedule;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.InverseSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.SigmoidSchedule;
import org.nd4j.linalg.schedule.StepSchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** JSON is taken as setters take their arguments: in range, of the right kind, known by name. */
class StrictJsonTest {

  private static final ObjectMapper MAPPER = NeuralNetConfiguration.mapper();

  private static final ISchedule SCHEDULE = new StepSchedule(ScheduleType.ITERATION, 0.1, 0.5, 10);

  private static ObjectNode json(Object o) {
    try {
      return (ObjectNode) MAPPER.readTree(MAPPER.writeValueAsString(o));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static IUpdater updater(JsonNode json) throws IOException {
    return MAPPER.readValue(json.toString(), IUpdater.class);
  }

  private static void assertRefused(
      Class<?> type, ObjectNode json, Consumer<ObjectNode> edit, String... message) {
    ObjectNode edited = json.deepCopy();
    edit.accept(edited);
    assertThat(edited).isNotEqualTo(json);
    assertThatThrownBy(() -> MAPPER.readValue(edited.toString(), type))
        .as(edited.toString())
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(message);
  }

  @ParameterizedTest
  @EnumSource
  void everyPropertyIsChecked(Optimizers o) throws IOException {
    ObjectNode json = json(o.config());
    Map<String, Object> properties = Internals.properties(o.config());
    for (String name : properties.keySet()) {
      if (!name.endsWith("Schedule") && !name.equals("scope")) {
        assertThat(json.has(name)).as(name).isTrue();
        assertRefused(IUpdater.class, json, j -> j.putNull(name), name + " is null");
        assertRefused(IUpdater.class, json, j -> j.put(name, ""), name + " is \"\"");
        assertRefused(IUpdater.class, json, j -> j.put(name, -5), name + " is -5");
        assertRefused(IUpdater.class, json, j -> j.putObject(name), name + " is {}");
      }
      if (properties.get(name) instanceof Double) {
        assertRefused(IUpdater.class, json, j -> j.put(name, "NaN"), name + " is NaN");
        boolean unlimited = name.equals("maxTrustRatio");
        if (!unlimited) {
          assertRefused(IUpdater.class, json, j -> j.put(name, 1e300), name + " is 1.0E300");
        }
      } else if (properties.get(name) instanceof Number) {
        assertRefused(IUpdater.class, json, j -> j.put(name, 256.7), name + " is 256.7", "whole");
        assertRefused(IUpdater.class, json, j -> j.put(name, 1e30), name + " is 1.0E30", "whole");
      } else if (properties.get(name) instanceof Enum) {
        assertRefused(IUpdater.class, json, j -> j.put(name, 1), name + " is 1", "one of");
      }
    }
    assertRefused(
        IUpdater.class,
        json,
        j -> j.put("learningRat", 0.1),
        o.config().getClass().getSimpleName(),
        "learningRat is no property",
        "newer version",
        "blockSize");
    assertRefused(IUpdater.class, json, j -> j.put("scope", 7), "scope is 7", "a text");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotGivenHasItsDefault(Optimizers o) throws IOException {
    LowBitConfig<?> defaults = (LowBitConfig<?>) updater(json(o.config()).retain("@class"));
    assertThat(defaults.getBlockSize()).isEqualTo(256);
    for (String name : Internals.properties(o.config()).keySet()) {
      LowBitConfig<?> read = (LowBitConfig<?>) updater(json(o.config()).without(name));
      assertThat(Internals.properties(read).get(name))
          .as(name)
          .isEqualTo(Internals.properties(defaults).get(name));
    }
  }

  @Test
  void numbersMayBeWrittenInOtherWays() throws IOException {
    ObjectNode json = json(new LAMB8bit(0.5).blockSize(64));
    json.put("learningRate", "0.5").put("blockSize", 64.0).put("optimBits", "8");
    json.put("maxTrustRatio", "Infinity").putNull("learningRateSchedule").putNull("scope");
    assertThat(updater(json)).isEqualTo(new LAMB8bit(0.5).blockSize(64));
  }

  static List<Regularization> regularizations() {
    return Arrays.asList(
        new CoupledWeightDecay(0.1),
        new DecoupledWeightDecay(0.1),
        new LambTrustRatio(0.1, 10),
        new LarsTrustRatio(0.1, 0.01),
        new LearningRateScale(0.1, 0.01),
        UpdaterCheck.of("Adam8bit", "0:layer0").get(0));
  }

  @ParameterizedTest
  @MethodSource("regularizations")
  void everyRegularizationIsChecked(Regularization r) throws IOException {
    ObjectNode json = json(r);
    assertThat(MAPPER.readValue(json.toString(), Regularization.class)).isEqualTo(r);
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    names.remove("@class");
    for (String name : names) {
      assertRefused(Regularization.class, json, j -> j.remove(name), name, "missing");
      assertRefused(Regularization.class, json, j -> j.putNull(name), " is null; it must be");
      if (json.get(name).isNumber()) {
        assertRefused(Regularization.class, json, j -> j.put(name, -5), name + " is -5.0");
        assertRefused(Regularization.class, json, j -> j.put(name, "NaN"), name + " is NaN");
        assertRefused(Regularization.class, json, j -> j.put(name, ""), name + " is \"\"");
        if (!name.equals("maxTrustRatio")) {
          assertRefused(Regularization.class, json, j -> j.put(name, 1e300), name + " is 1.0E300");
        }
      } else if (json.get(name).isObject()) {
        for (String value : new String[] {"-5", "1e300"}) {
          assertThatThrownBy(
                  () ->
                      MAPPER.readValue(
                          json.toString().replace("\"value\":0.1", "\"value\":" + value),
                          Regularization.class))
              .hasMessageContaining("the coefficient of weight decay is")
              .hasMessageContaining("0 to 1000000.0");
        }
        for (String none : new String[] {"null", "\"\""}) {
          assertThatThrownBy(
                  () ->
                      MAPPER.readValue(
                          json.toString().replace("\"value\":0.1", "\"value\":" + none),
                          Regularization.class))
              .hasMessageContaining(name + ".value is null; it must be given");
        }
      }
    }
    assertRefused(Regularization.class, json, j -> j.put("coef", 1), "coef is no property");
  }

  static List<ISchedule> schedules() {
    return Arrays.asList(
        SCHEDULE,
        new FixedSchedule(0.1),
        new CycleSchedule(ScheduleType.ITERATION, 0.1, 20),
        new ExponentialSchedule(ScheduleType.EPOCH, 0.1, 0.9),
        new InverseSchedule(ScheduleType.EPOCH, 0.1, 0.9, 2),
        new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.1, 5, 0.2)),
        new PolySchedule(ScheduleType.ITERATION, 0.1, 2, 10),
        new SigmoidSchedule(ScheduleType.ITERATION, 0.1, 0.9, 10));
  }

  /** ND4J's schedules would take 0 for what is misspelled, missing or null. */
  @ParameterizedTest
  @MethodSource("schedules")
  void schedulesAreChecked(ISchedule schedule) throws IOException {
    ObjectNode json = json(new Nesterovs8bit(schedule).momentum(schedule));
    assertThat(updater(json)).isEqualTo(new Nesterovs8bit(schedule).momentum(schedule));
    for (String name : new String[] {"learningRateSchedule", "momentumSchedule"}) {
      assertScheduleIsChecked(IUpdater.class, json, name);
    }
    ObjectNode decay = json(new DecoupledWeightDecay(0.1));
    assertScheduleIsChecked(Regularization.class, decay.set("coeff", json(schedule)), "coeff");
    decay = json(new CoupledWeightDecay(0.1));
    assertScheduleIsChecked(Regularization.class, decay.set("l2", json(schedule)), "l2");
  }

  private static void assertScheduleIsChecked(Class<?> type, ObjectNode json, String path) {
    assertRefused(type, json, j -> within(j, path).put("valu", 1), path + ".valu is no property");
    json.get(path)
        .fields()
        .forEachRemaining(
            field -> {
              String name = field.getKey();
              String full = path + "." + name;
              if (DERIVED.contains(name) && json.get(path).has("increment")) {
                assertRefused(type, json, j -> within(j, path).putNull(name), full + " is null");
              } else if (!name.equals("@class")) {
                assertScheduleHas(type, json, path, name);
              }
            });
  }

  private static void assertScheduleHas(Class<?> type, ObjectNode json, String path, String name) {
    String full = path + "." + name;
    assertRefused(
        type, json, j -> within(j, path).remove(name), path + ".[" + name + "] is missing");
    String within = json.get(path).get(name).isObject() ? full + ".5" : full;
    String last = within.substring(within.lastIndexOf('.') + 1);
    Function<ObjectNode, ObjectNode> place =
        j -> within(j, within.substring(0, within.lastIndexOf('.')));
    assertRefused(type, json, j -> place.apply(j).putNull(last), within + " is null; it must be");
    assertRefused(type, json, j -> place.apply(j).put(last, ""), within + " is null; it must be");
    assertRefused(
        type, json, j -> place.apply(j).put(last, "NaN"), within + " is \"NaN\"; it must");
    JsonNode value = place.apply(json).get(last);
    if (value.isTextual()) {
      assertRefused(type, json, j -> place.apply(j).put(last, 1), within + " is 1; it must be one");
    } else if (value.isInt()) {
      assertRefused(type, json, j -> place.apply(j).put(last, 1.5), within + " is 1.5; it must be");
    }
  }

  /** What a CycleSchedule computes and writes all the same. */
  private static final Set<String> DERIVED = Set.of("stepSize", "increment");

  private static ObjectNode within(ObjectNode json, String path) {
    ObjectNode found = json;
    for (String name : path.split("\\.")) {
      found = (ObjectNode) found.get(name);
    }
    return found;
  }

  @Test
  void schedulesAreCheckedInYamlToo() throws IOException {
    ObjectMapper yaml = NeuralNetConfiguration.mapperYaml();
    String text = yaml.writeValueAsString(new Adam8bit(SCHEDULE));
    assertThat(yaml.readValue(text, IUpdater.class)).isEqualTo(new Adam8bit(SCHEDULE));
    assertThat(text).contains("decayRate:");
    assertThatThrownBy(
            () -> yaml.readValue(text.replace("decayRate:", "decayRat:"), IUpdater.class))
        .hasMessageContaining("Adam8bit: learningRateSchedule.decayRat is no property")
        .hasMessageContaining("StepSchedule", "decayRate");
  }

  /** A user's own schedule may have properties that are null, and ignore what it does not know. */
  @Test
  void usersSchedulesReadWhatTheyLike() throws IOException {
    ObjectNode json = json(new Adam8bit(new OwnSchedule(0.25, null)));
    ((ObjectNode) json.get("learningRateSchedule")).put("other", "").putNull("another");
    assertThat(((LowBitConfig<?>) updater(json)).getLearningRate(0, 0)).isEqualTo(0.25);
  }

  /** Has a property that may be null. */
  static final class OwnSchedule implements ISchedule {

    private static final long serialVersionUID = 1L;

    @JsonProperty private final double value;
    @JsonProperty private final String comment;

    OwnSchedule(@JsonProperty("value") double value, @JsonProperty("comment") String comment) {
      this.value = value;
      this.comment = comment;
    }

    @Override
    public double valueAt(int iteration, int epoch) {
      return value;
    }

    @Override
    public ISchedule clone() {
      return new OwnSchedule(value, comment);
    }
  }

  @Test
  void classesWithoutObjectsAreRefused() throws IOException {
    for (Class<?> type : List.of(LowBitConfig.class, MomentumConfig.class)) {
      assertRefused(
          IUpdater.class,
          json(new Nesterovs8bit()),
          j -> j.put("@class", type.getName()),
          "@class is " + type.getName() + "; it must be a class of which there are objects");
    }
    assertRefused(
        Regularization.class,
        json(new LambTrustRatio(0.1, 10)),
        j -> j.put("@class", OptimizerRegularization.class.getName()),
        "@class is " + OptimizerRegularization.class.getName());
    assertRefused(
        IUpdater.class,
        json(new Adam8bit(SCHEDULE)),
        j -> within(j, "learningRateSchedule").put("@class", ISchedule.class.getName()),
        "Adam8bit: learningRateSchedule.@class is " + ISchedule.class.getName());
  }

  /** Jackson takes the last one. */
  @Test
  void whatIsGivenTwiceIsRefused() throws IOException {
    String twice = json(new Adam8bit(0.1)).toString().replace("\"beta1\"", "\"beta2\":0,\"beta1\"");
    assertThatThrownBy(() -> MAPPER.readValue(twice, IUpdater.class))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Adam8bit: beta2 is given twice");
    MapSchedule schedule = new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.1, 5, 0.2));
    String key = json(new Adam8bit(schedule)).toString().replace("\"5\":", "\"0\":");
    assertThatThrownBy(() -> MAPPER.readValue(key, IUpdater.class))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Adam8bit: learningRateSchedule.values.0 is given twice");
    String yaml = NeuralNetConfiguration.mapperYaml().writeValueAsString(new Adam8bit(0.1));
    assertThatThrownBy(
            () ->
                NeuralNetConfiguration.mapperYaml()
                    .readValue(yaml + "\nepsilon: 1\n", IUpdater.class))
        .hasMessageContaining("Adam8bit: epsilon is given twice");
  }

  /** A schedule would be dropped for it. */
  @Test
  void aRateOfTheBlockAndAScheduleContradict() {
    assertRefused(
        IUpdater.class,
        json(new Adam8bit(SCHEDULE)),
        j -> j.put("learningRate", 0.1).put("blockRate", 0.5),
        "Adam8bit: blockRate is 0.5; it must be null, as there is a schedule");
  }

  @Test
  void layersAreCheckedLikeTheirBuilders() throws IOException {
    Layer layer = new StableEmbeddingSequenceLayer.Builder().nIn(10).nOut(4).build();
    ObjectNode json = json(layer);
    assertThat(MAPPER.readValue(json.toString(), Layer.class)).isEqualTo(layer);
    assertRefused(Layer.class, json, j -> j.put("inputLength", -5), "inputLength is -5");
    for (String name : new String[] {"outputFormat", "activationFn", "weightInitFn"}) {
      assertRefused(Layer.class, json, j -> j.putNull(name), name + " is null; it must be given");
    }
    String format = "timeDistributedFormat";
    assertRefused(
        Layer.class, json, j -> j.put(format, "NCV"), format + " is \"NCV\"; it must be a");
    for (Layer l :
        new Layer[] {layer, new StableEmbeddingLayer.Builder().nIn(10).nOut(4).build()}) {
      ((FeedForwardLayer) l).setTimeDistributedFormat(RNNFormat.NWC);
      assertThat(MAPPER.readValue(json(l).toString(), Layer.class)).isEqualTo(l);
    }
  }

  @Test
  void constructorsOfRegularizationsCheckLikewise() {
    assertThatThrownBy(() -> new DecoupledWeightDecay(Double.NaN)).hasMessageContaining("is NaN");
    assertThatThrownBy(() -> new CoupledWeightDecay(-1)).hasMessageContaining("is -1.0");
    assertThatThrownBy(() -> new LambTrustRatio(0, -1)).hasMessageContaining("maxTrustRatio is -1");
    assertThatThrownBy(() -> new LambTrustRatio(-1, 1)).hasMessageContaining("weightDecay is -1");
    assertThatThrownBy(() -> new LarsTrustRatio(0, 0)).hasMessageContaining("trustCoefficient is");
    assertThatThrownBy(() -> new LearningRateScale(-1, 1)).hasMessageContaining("rate is -1");
    assertThatThrownBy(() -> new LearningRateScale(1, 0)).hasMessageContaining("blockRate is 0");
  }

  /** In every file of DL4J's and ND4J's that a configuration can be in. */
  @Test
  void allFilesAreReadStrictly() {
    MultiLayerConfiguration conf =
        OptimManager.of(Networks.configuration(new LAMB8bit(1e-3), DataType.FLOAT)).apply();
    String message = "LAMB8bit: beta1 is null; it must be a number";
    assertThatThrownBy(
            () ->
                MultiLayerConfiguration.fromJson(edited(conf.toJson(), "\"beta1\" : 0.9", "null")))
        .hasMessageContaining(message);
    assertThatThrownBy(
            () -> MultiLayerConfiguration.fromYaml(edited(conf.toYaml(), "beta1: 0.9", "null")))
        .hasMessageContaining(message);
    assertThatThrownBy(
            () ->
                MultiLayerConfiguration.fromYaml(
                    edited(conf.toYaml(), "maxTrustRatio: Infinity", "-5")))
        .hasMessageContaining("maxTrustRatio is -5");
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    ComputationGraphConfiguration graph = net.toComputationGraph().getConfiguration();
    assertThat(ComputationGraphConfiguration.fromJson(graph.toJson())).isEqualTo(graph);
    assertThatThrownBy(
            () ->
                ComputationGraphConfiguration.fromJson(
                    edited(graph.toJson(), "\"beta1\" : 0.9", "null")))
        .hasMessageContaining(message);
    TrainingConfig training =
        new TrainingConfig.Builder()
            .updater(new LAMB8bit(1e-3))
            .regularization(Collections.singletonList(new LambTrustRatio(0, 10)))
            .dataSetFeatureMapping("x")
            .dataSetLabelMapping("y")
            .build();
    assertThat(TrainingConfig.fromJson(training.toJson())).isEqualTo(training);
    assertThatThrownBy(
            () -> TrainingConfig.fromJson(edited(training.toJson(), "\"beta1\" : 0.9", "null")))
        .hasMessageContaining(message);
    assertThatThrownBy(
            () ->
                TrainingConfig.fromJson(
                    edited(training.toJson(), "\"maxTrustRatio\" : 10.0", "null")))
        .hasMessageContaining("LambTrustRatio: maxTrustRatio is null");
  }

  private static String edited(String text, String entry, String value) {
    assertThat(text).contains(entry);
    return text.replace(entry, entry.substring(0, entry.indexOf(':') + 1) + " " + value);
  }

  // ---- constants that a schedule replaces

  @ParameterizedTest
  @EnumSource
  void aConstantThatAScheduleReplacedIsGone(Optimizers o) throws IOException {
    if (!(o.config() instanceof LearningRateConfig)) {
      return;
    }
    LearningRateConfig<?> a = (LearningRateConfig<?>) o.config();
    LearningRateConfig<?> b = (LearningRateConfig<?>) o.config();
    a.learningRate(0.3).learningRate(SCHEDULE);
    b.learningRate(0.7).learningRate(SCHEDULE);
    assertSame(a, b);
    assertThat(a.getLearningRate()).isNaN();
    assertThat(a.toString()).doesNotContain("NaN", "learningRate=");
    // As versions before wrote it.
    assertThat(updater(json(a).put("learningRate", 0.001))).isEqualTo(b);
    assertSame(a, (LowBitConfig<?>) updater(json(a).put("learningRate", 0.001)));
    a.setLrAndSchedule(0.25, null);
    assertThat(a.getLearningRate()).isEqualTo(0.25);
    if (a instanceof MomentumConfig) {
      MomentumConfig<?> m = (MomentumConfig<?>) o.config();
      MomentumConfig<?> n = (MomentumConfig<?>) o.config();
      m.momentum(0.5).momentum(SCHEDULE);
      n.momentum(SCHEDULE);
      assertSame(m, n);
      assertThat(m.getMomentum()).isNaN();
      assertSame(m, (LowBitConfig<?>) updater(json(m).put("momentum", 0.9)));
      m.momentum(0.5);
      assertThat(m).isNotEqualTo(n);
      assertThat(m.getMomentum()).isEqualTo(0.5);
    }
  }

  private static void assertSame(LowBitConfig<?> a, LowBitConfig<?> b) {
    assertThat(a).isEqualTo(b).hasSameHashCodeAs(b).hasToString(b.toString());
    assertThat(json(a)).isEqualTo(json(b));
  }

  /** DL4J merges blocks of equal updaters, so that state fits whichever way they were made. */
  @Test
  void stateFitsWhicheverWayTheScheduleWasSet() {
    MultiLayerNetwork one =
        Networks.network(new Adam8bit(0.1).learningRate(SCHEDULE), DataType.FLOAT);
    MultiLayerNetwork other = Networks.network(new Adam8bit(SCHEDULE), DataType.FLOAT);
    assertThat(one.getLayerWiseConfigurations()).isEqualTo(other.getLayerWiseConfigurations());
    MultiLayerConfiguration mixed = Networks.configuration(new Adam8bit(SCHEDULE), DataType.FLOAT);
    ((org.deeplearning4j.nn.conf.layers.BaseLayer) mixed.getConf(1).getLayer())
        .setIUpdater(new Adam8bit(0.1).learningRate(SCHEDULE));
    MultiLayerNetwork net = new MultiLayerNetwork(mixed);
    net.init();
    assertThat(net.getUpdater())
        .isInstanceOfSatisfying(
            org.deeplearning4j.nn.updater.MultiLayerUpdater.class,
            u -> assertThat(u.getUpdaterBlocks()).hasSize(1));
  }
}
