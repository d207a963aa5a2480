package org.lowbit4j.plan;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.util.Locale;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.junit.jupiter.api.Test;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/** The table as users see it. */
class PlanTableTest {

  @Test
  void ofANetwork() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new AdamW8bit(1e-3))
            .dataType(DataType.DOUBLE)
            .list()
            .layer(new DenseLayer.Builder().nIn(80).nOut(100).build())
            .layer(new ActivationLayer(Activation.RELU))
            .layer(new BatchNormalization.Builder().nOut(100).build())
            .layer(new DenseLayer.Builder().nIn(100).nOut(10).updater(new Adam(0.1)).build())
            .layer(new DenseLayer.Builder().nIn(10).nOut(10).updater(new Sgd(0.1)).build())
            .layer(
                new OutputLayer.Builder()
                    .nIn(10)
                    .nOut(5)
                    .l2(0.5)
                    .activation(Activation.SOFTMAX)
                    .build())
            .build();
    assertThat(OptimManager.of(conf).describe())
        .isEqualTo(
            String.join(
                "\n",
                "#  layer   parameters   size  updater    bits  state bytes  regularization",
                "0  layer0  W b         8,100  AdamW8bit     8       16,856  W: decoupled weight decay 0.01",
                "2  layer2  gamma beta    200  AdamW8bit    32        1,984",
                "3  layer3  W b         1,010  Adam         32       16,160",
                "4  layer4  W b           110  Sgd           -            0",
                "5  layer5  W b            55  AdamW8bit    32          832  W:"
                    + " L2Regularization(l2=FixedSchedule(value=0.5)) + decoupled weight decay 0.01",
                "   total               9,475                        35,832"));
  }

  /** Of an autoencoder, whose visible bias `vb` only pretraining updates. */
  @Test
  void ofLayersThatCanBeTrainedByThemselves() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new AdamW8bit(1e-3))
            .list()
            .layer(new AutoEncoder.Builder().nIn(80).nOut(100).build())
            .layer(
                new VariationalAutoencoder.Builder()
                    .nIn(100)
                    .nOut(2)
                    .encoderLayerSizes(10)
                    .decoderLayerSizes(12)
                    .build())
            .layer(new OutputLayer.Builder().nIn(2).nOut(5).activation(Activation.SOFTMAX).build())
            .build();
    OptimManager.of(conf).apply();
    String table = OptimManager.of(conf).describe();
    assertThat(table)
        .contains("0  layer0  W b ", " 8,100 ", "0  layer0  vb ", " 80 ")
        .contains("1  layer1  e0W e0b pZXMeanW pZXMeanb ", "1  layer1  pZXLogStd2W ");
    MultiLayerNetwork net = new MultiLayerNetwork(conf);
    net.init();
    long bytes = 4 * net.getUpdater().getStateViewArray().length();
    assertThat(table.lines().skip(1))
        .hasSize(((MultiLayerUpdater) net.getUpdater()).getUpdaterBlocks().size() + 1)
        .last(as(STRING))
        .contains(String.format(Locale.ROOT, "%,d ", net.numParams()))
        .endsWith(String.format(Locale.ROOT, "%,d", bytes));
  }

  /** Numbers of two digits, too. */
  @Test
  void columnsAreAlignedInDeepNetworks() {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder().updater(new Adam8bit(1e-3)).list();
    for (int i = 0; i < 12; i++) {
      list.layer(new DenseLayer.Builder().name("dense").nIn(3).nOut(3).build());
    }
    assertThat(OptimManager.of(list.build()).describe().lines().limit(13).skip(1))
        .allSatisfy(line -> assertThat(line.indexOf("dense  W b")).isEqualTo(4))
        .last(as(STRING))
        .startsWith("11  dense  ");
  }

  @Test
  void ofASingleParameter() {
    MultiLayerConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam8bit(1e-3))
            .list()
            .layer(new DenseLayer.Builder().nIn(1).nOut(1).hasBias(false).build())
            .build();
    assertThat(OptimManager.of(conf).describe()).containsPattern("total +1 +[0-9]+$");
  }

  /** SameDiff's variables are not known before training. */
  @Test
  void ofVariablesThatAreNotKnown() {
    TrainingConfig conf =
        new TrainingConfig.Builder()
            .updater(new Adam8bit(1e-3))
            .dataSetFeatureMapping("in")
            .dataSetLabelMapping("label")
            .build();
    assertThat(OptimManager.of(conf).describe())
        .isEqualTo(
            String.join(
                "\n",
                "#  layer      parameters  size  updater   bits  state bytes  regularization",
                "0  variables  variables      ?  Adam8bit     8            ?",
                "   total                     ?                            ?"));
  }
}
