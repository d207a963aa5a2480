package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.updater.LowBitUpdater;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** A trained SameDiff model goes on under another plan, and at other rates. */
class ReplannedSameDiffTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);

  /** One weight matrix in 'f' order, as restored ones may be. */
  private static SameDiff model(IUpdater updater) {
    Nd4j.getRandom().setSeed(2);
    SameDiff sd = SameDiff.create();
    SDVariable input = sd.placeHolder("input", DataType.FLOAT, -1, Networks.FEATURES);
    SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, Networks.CLASSES);
    INDArray first = Nd4j.randn(DataType.FLOAT, Networks.FEATURES, 30).muli(0.2).dup('f');
    SDVariable hidden = sd.math.tanh(input.mmul(sd.var("W1", first)).add(sd.zero("b1", 30)));
    SDVariable w2 = sd.var("W2", Nd4j.randn(DataType.FLOAT, 30, Networks.CLASSES).muli(0.2));
    sd.loss.softmaxCrossEntropy("loss", label, hidden.mmul(w2), null);
    sd.setLossVariables("loss");
    sd.setTrainingConfig(
        new TrainingConfig.Builder()
            .updater(updater)
            .dataSetFeatureMapping("input")
            .dataSetLabelMapping("label")
            .build());
    return sd;
  }

  private static void train(SameDiff sd, int steps) {
    for (int i = 0; i < steps; i++) {
      sd.fit(new SingletonDataSetIterator(DATA), 1);
    }
  }

  private static double difference(SameDiff a, SameDiff b) {
    double largest = 0;
    for (String name : new String[] {"W1", "b1", "W2"}) {
      INDArray x = a.getVariable(name).getArr();
      largest = Math.max(largest, x.sub(b.getVariable(name).getArr()).amaxNumber().doubleValue());
    }
    return largest;
  }

  @ParameterizedTest
  @EnumSource(names = {"ADAM", "AMSGRAD", "RMSPROP", "NESTEROVS", "ADADELTA"})
  void itGoesOnAsIfNothingHadBeen(Optimizers o) {
    SameDiff sd = model(o.networkTwin());
    SameDiff control = model(o.networkTwin());
    train(sd, 5);
    train(control, 5);
    OptimManager.of(sd).lowBit().optimBits(32).apply();
    train(sd, 3);
    train(control, 3);
    assertThat(difference(sd, control)).isLessThan(2e-6);
    OptimManager.of(sd).nd4j().apply();
    train(sd, 3);
    train(control, 3);
    assertThat(difference(sd, control)).isLessThan(2e-6);
  }

  @Test
  void itIsSavedAndResumed(@TempDir Path folder) {
    SameDiff sd = model(new Adam(1e-3));
    train(sd, 3);
    assertThat(OptimManager.of(sd).lowBit().min8bitSize(0).describe()).contains("m, v converted");
    OptimManager.of(sd).lowBit().min8bitSize(0).apply();
    train(sd, 2);
    assertThat(((LowBitUpdater<?>) sd.getUpdaterMap().get("W1")).bits()).isEqualTo(8);
    File file = folder.resolve("model.fb").toFile();
    sd.save(file, true);
    SameDiff restored = SameDiff.load(file, true);
    train(sd, 2);
    train(restored, 2);
    assertThat(difference(sd, restored)).isZero();
  }

  @Test
  void ratesAreChangedInMidTraining() {
    for (IUpdater updater : new IUpdater[] {new Adam(1e-3), new Adam8bit(1e-3)}) {
      SameDiff sd = model(updater);
      train(sd, 2);
      INDArray before = sd.getVariable("W2").getArr().dup();
      LearningRates.of(sd).set(0);
      train(sd, 2);
      assertThat(sd.getVariable("W2").getArr()).isEqualTo(before);
      LearningRates.of(sd).set(1e-3);
      train(sd, 1);
      assertThat(sd.getVariable("W2").getArr()).isNotEqualTo(before);
    }
  }

  @Test
  void aPlanForAnotherTrainingConfigurationIsRefused() {
    SameDiff sd = model(new Adam(1e-3));
    train(sd, 2);
    OptimManager<SameDiff> manager = OptimManager.of(sd).lowBit();
    TrainingConfig other = TrainingConfig.fromJson(sd.getTrainingConfig().toJson());
    sd.setTrainingConfig(other);
    assertThatThrownBy(manager::describe).hasMessageContaining("OptimManager.of(model)");
    assertThatThrownBy(manager::apply)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("another training configuration");
    assertThat(sd.getTrainingConfig()).isSameAs(other);
    assertThat(other.getUpdater()).isInstanceOf(Adam.class);
    OptimManager.of(sd).lowBit().apply();
    assertThat(other.getUpdater()).isInstanceOf(Adam8bit.class);
  }
}
