package org.lowbit4j.compatibility;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lowbit4j.AMSGrad8bit;
import org.lowbit4j.AdEMAMix8bit;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.LAMB8bit;
import org.lowbit4j.LARS8bit;
import org.lowbit4j.Lion8bit;
import org.lowbit4j.Nesterovs8bit;
import org.lowbit4j.OptimManager;
import org.lowbit4j.RMSprop8bit;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.layers.StableEmbeddingLayer;
import org.lowbit4j.layers.StableEmbeddingSequenceLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** The networks that were trained and saved; only {@link VersionOneWriter} makes them. */
final class VersionOneNetworks {

  private VersionOneNetworks() {}

  /** By name, not initialized. */
  static Map<String, Supplier<Model>> all() {
    Map<String, Supplier<Model>> all = new LinkedHashMap<>();
    all.put("multilayer", VersionOneNetworks::multilayer);
    all.put("graph-clipped", VersionOneNetworks::clipped);
    all.put("multilayer-managed", VersionOneNetworks::managed);
    all.put("graph-managed", VersionOneNetworks::managedGraph);
    all.put("multilayer-shared-block", VersionOneNetworks::sharedBlock);
    all.put("multilayer-half", VersionOneNetworks::half);
    all.put("multilayer-double", VersionOneNetworks::doubles);
    all.put("multilayer-dynamic", VersionOneNetworks::dynamic);
    for (Variant variant : Variant.values()) {
      all.put("small-" + variant.file(), () -> small(variant));
    }
    return all;
  }

  private static NeuralNetConfiguration.Builder global(DataType type, IUpdater updater) {
    return new NeuralNetConfiguration.Builder().seed(7).dataType(type).updater(updater);
  }

  private static DenseLayer.Builder dense(String name, int in, int out) {
    return new DenseLayer.Builder().name(name).nIn(in).nOut(out).activation(Activation.TANH);
  }

  private static OutputLayer.Builder output(int in, int out) {
    return new OutputLayer.Builder().name("out").nIn(in).nOut(out).activation(Activation.SOFTMAX);
  }

  private static MultiLayerConfiguration layers(DataType type, IUpdater updater, Layer... layers) {
    return global(type, updater).list(layers).build();
  }

  /** Three updater blocks: 8 bits, 8 bits in blocks of 128, 32 bits. */
  private static Model multilayer() {
    return new MultiLayerNetwork(
        layers(
            DataType.FLOAT,
            new Adam8bit(1e-3),
            dense("a", 21, 200).build(),
            dense("b", 200, 10)
                .updater(new Adam8bit(2e-3).blockSize(128).min8bitSize(1000))
                .build(),
            output(10, 5).updater(new Adam8bit(1e-3).optimBits(32)).build()));
  }

  /** Percentile clipping of three kinds of state. */
  private static Model clipped() {
    return new ComputationGraph(
        global(DataType.FLOAT, new RMSprop8bit(1e-3).percentileClipping(5))
            .graphBuilder()
            .addInputs("in")
            .addLayer("a", dense("a", 9, 456).build(), "in")
            .addLayer(
                "b",
                dense("b", 9, 40)
                    .updater(
                        new Nesterovs8bit(1e-2).percentileClipping(20).blockSize(64).min8bitSize(0))
                    .build(),
                "in")
            .addLayer(
                "out",
                output(496, 2)
                    .updater(new RMSprop8bit(1e-3).percentileClipping(50).optimBits(32))
                    .build(),
                "a",
                "b")
            .setOutputs("out")
            .build());
  }

  /** Decoupled and coupled decay, both trust ratios, and small parameters at 32 bits. */
  private static Model managed() {
    MultiLayerConfiguration conf =
        layers(
            DataType.FLOAT,
            new AdamW8bit(1e-3).weightDecay(0.1),
            new StableEmbeddingSequenceLayer.Builder().name("tokens").nIn(100).nOut(16).build(),
            new GlobalPoolingLayer(PoolingType.AVG),
            dense("lamb", 16, 32).build(),
            dense("lars", 32, 24).build(),
            dense("coupled", 24, 24).build(),
            output(24, 4).build());
    return new MultiLayerNetwork(
        OptimManager.of(conf)
            .layer("lamb")
            .updater(new LAMB8bit(1e-3).weightDecay(0.05))
            .layer("lars")
            .updater(new LARS8bit(0.1).weightDecay(0.01))
            .layer("coupled")
            .updater(new Adam8bit(1e-3))
            .weightDecay(0.02)
            .layer("out")
            .biases()
            .weightDecay(0.03)
            .allLayers()
            .min8bitSize(256)
            .smallParameters()
            .optimBits(32)
            .apply());
  }

  private static Model managedGraph() {
    ComputationGraphConfiguration conf =
        global(DataType.FLOAT, new AdamW8bit(1e-3).weightDecay(0.1))
            .graphBuilder()
            .addInputs("in")
            .addLayer("tokens", new StableEmbeddingLayer.Builder().nIn(50).nOut(12).build(), "in")
            .addLayer("ademamix", dense("ademamix", 12, 40).build(), "tokens")
            .addLayer("lion", dense("lion", 40, 20).build(), "ademamix")
            .addLayer("out", output(20, 3).build(), "lion")
            .setOutputs("out")
            .build();
    return new ComputationGraph(
        OptimManager.of(conf)
            .layer("ademamix")
            .updater(new AdEMAMix8bit(1e-3).weightDecay(0.1))
            .layer("lion")
            .updater(new Lion8bit(1e-4).weightDecay(0.5))
            .allLayers()
            .min8bitSize(0)
            .blockSize(64)
            .layer("lion")
            .percentileClipping(10)
            .apply());
  }

  /** One updater block for all; {@link VersionOneWriter} changes the learning rate of b. */
  private static Model sharedBlock() {
    return new MultiLayerNetwork(
        layers(
            DataType.FLOAT,
            new Adam8bit(1e-3).min8bitSize(0),
            dense("a", 10, 30).build(),
            dense("b", 30, 20).build(),
            output(20, 3).build()));
  }

  private static Model half() {
    return new MultiLayerNetwork(
        layers(
            DataType.FLOAT16,
            new Adam8bit(3e-3).dataType(DataType.FLOAT16),
            dense("a", 21, 200).build(),
            output(200, 5)
                .updater(
                    new Nesterovs8bit(1e-2)
                        .dataType(DataType.FLOAT16)
                        .quantMap(QuantMap.DYNAMIC)
                        .min8bitSize(0)
                        .percentileClipping(30))
                .build()));
  }

  /** State in words that the updater knows to be DOUBLE, and in those that it takes for FLOAT. */
  private static Model doubles() {
    return new MultiLayerNetwork(
        layers(
            DataType.DOUBLE,
            new Adam8bit(1e-3).dataType(DataType.DOUBLE).min8bitSize(0),
            dense("a", 20, 100).build(),
            output(100, 5).updater(new Adam8bit(1e-3).min8bitSize(0).blockSize(64)).build()));
  }

  /** The other codebooks, and a schedule. */
  private static Model dynamic() {
    MapSchedule schedule =
        new MapSchedule.Builder(ScheduleType.ITERATION).add(0, 1e-3).add(10, 5e-4).build();
    return new MultiLayerNetwork(
        layers(
            DataType.FLOAT,
            new AMSGrad8bit(schedule).quantMap(QuantMap.DYNAMIC),
            dense("a", 24, 180).build(),
            output(180, 5).build()));
  }

  /** Two layers of one optimizer, in quantization blocks of 64. */
  private static Model small(Variant variant) {
    MultiLayerConfiguration conf =
        layers(DataType.FLOAT, variant.updater(), dense("a", 8, 40).build(), output(40, 3).build());
    return new MultiLayerNetwork(OptimManager.of(conf).min8bitSize(0).blockSize(64).apply());
  }
}
