package org.lowbit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.loss.LossReduce;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Files of SameDiff, converted and stripped. */
class SameDiffFilesTest {

  private static final int FEATURES = 100;
  private static final int CLASSES = 4;

  @TempDir Path folder;

  private static final DataSet DATA =
      new DataSet(
          Nd4j.linspace(DataType.FLOAT, -1, 0.01, 8 * FEATURES).reshape(8, FEATURES),
          Nd4j.eye(8)
              .castTo(DataType.FLOAT)
              .reshape(16, CLASSES)
              .getRows(0, 3, 5, 6, 9, 10, 12, 15));

  private static SameDiff trained(DataType type) {
    Nd4j.getRandom().setSeed(5);
    SameDiff sd = SameDiff.create();
    SDVariable input = sd.placeHolder("input", type, -1, FEATURES);
    SDVariable label = sd.placeHolder("label", type, -1, CLASSES);
    SDVariable w1 = sd.var("W1", Nd4j.randn(type, FEATURES, 60).muli(0.1).dup('f'));
    SDVariable w2 = sd.var("W2", Nd4j.randn(type, 60, CLASSES).muli(0.1));
    SDVariable out =
        sd.math.tanh(input.mmul(w1)).mmul(w2).mul("out", sd.constant("two", Nd4j.scalar(type, 2)));
    sd.loss.softmaxCrossEntropy("loss", label, out, null, LossReduce.SUM, 0.1);
    sd.setLossVariables("loss");
    sd.setTrainingConfig(
        new TrainingConfig.Builder()
            .updater(new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 1e-3, 0.99)))
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

  private Path saved(SameDiff sd) {
    Path file = folder.resolve("model.fb");
    sd.save(file.toFile(), true);
    return file;
  }

  private static INDArray output(SameDiff sd) {
    return sd.output(Map.of("input", DATA.getFeatures()), "out").get("out");
  }

  @Test
  void aConvertedModelTrainsOnAndBackIsBitForBit() throws IOException {
    SameDiff sd = trained(DataType.FLOAT);
    train(sd, 5);
    Path source = saved(sd);
    byte[] bytes = Files.readAllBytes(source);
    Path file = folder.resolve("new.fb");
    Run dry = Run.of("convert", source, "--to", "Adam8bit", "--dry-run");
    assertThat(dry.out).contains("Adam8bit", "m, v converted");
    Run run = Run.of("convert", source, "--to", "Adam8bit", "-o", file);
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(run.out).contains("new.fb: state of ", " bytes, of 49,920 in ");
    assertThat(Run.of("inspect", file).out).contains("iteration 5", "W1 ", "Adam8bit     8");
    assertThat(Run.of("verify", file).status).isZero();
    SameDiff converted = SameDiff.load(file.toFile(), true);
    assertThat(output(converted)).isEqualTo(output(sd));
    train(sd, 3);
    train(converted, 3);
    assertThat(output(converted).distance2(output(sd)) / output(sd).norm2Number().doubleValue())
        .isLessThan(1e-3);

    Path exact = folder.resolve("exact.fb");
    Path back = folder.resolve("back.fb");
    assertThat(Run.of("convert", source, "--to", "Adam8bit", "--bits", 32, "-o", exact).status)
        .isZero();
    assertThat(Run.of("convert", exact, "--to", "Adam", "-o", back).status).isZero();
    assertThat(Run.of("inspect", back).out.replace("back.fb", "model.fb"))
        .isEqualTo(Run.of("inspect", source).out);
    SameDiff restored = SameDiff.load(back.toFile(), true);
    SameDiff first = SameDiff.load(source.toFile(), true);
    train(restored, 3);
    train(first, 3);
    assertThat(output(restored)).isEqualTo(output(first));
    assertThat(Files.readAllBytes(source)).isEqualTo(bytes);
  }

  @Test
  void aStrippedModelPredictsAndHasNothingOfThisLibrary() throws IOException {
    SameDiff sd = trained(DataType.FLOAT);
    train(sd, 2);
    Path source = folder.resolve("low.fb");
    assertThat(Run.of("convert", saved(sd), "--to", "Adam8bit", "-o", source).status).isZero();
    Path deploy = folder.resolve("deploy.fb");
    Run run = Run.of("strip", source, "-o", deploy);
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(Files.readString(deploy, StandardCharsets.ISO_8859_1)).doesNotContain("lowbit4j");
    SameDiff stripped = SameDiff.load(deploy.toFile(), true);
    assertThat(stripped.getTrainingConfig()).isNull();
    assertThat(output(stripped)).isEqualTo(output(sd));
    assertThat(Run.of("verify", deploy).out).contains("whole, no updater state");
    Run again = Run.of("convert", deploy, "--to", "Adam", "-o", folder.resolve("no.fb"));
    assertThat(again.status).isEqualTo(2);
    assertThat(again.err).contains("has no training configuration").hasLineCount(1);
  }

  @Test
  void aModelOfConstantsIsToldFromWhatIsNone() {
    SameDiff sd = SameDiff.create();
    SDVariable input = sd.placeHolder("input", DataType.FLOAT, -1, FEATURES);
    input.mmul(sd.constant("W", Nd4j.ones(FEATURES, CLASSES)));
    Path file = folder.resolve("constants.fb");
    sd.save(file.toFile(), false);
    for (Run run :
        new Run[] {
          Run.of("inspect", file), Run.of("strip", file, "-o", folder.resolve("new.fb"))
        }) {
      assertThat(run.status).isEqualTo(2);
      assertThat(run.err).contains("SameDiff model of constants only").hasLineCount(1);
    }
  }

  @Test
  void aModelWithoutStateBeginsFresh() {
    Path file = saved(trained(DataType.FLOAT));
    Run run = Run.of("convert", file, "--to", "Adam8bit", "-o", folder.resolve("new.fb"));
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(run.out).contains("state of 0 bytes, which begins fresh; there is none in " + file);
  }

  /** DL4J writes BFLOAT16 with its bytes swapped: such a copy is another model. */
  @Test
  void aModelThatIsNotWrittenAsItWasReadIsRefused() throws IOException {
    SameDiff sd = trained(DataType.BFLOAT16);
    Path source = saved(sd);
    for (String[] args :
        new String[][] {{"strip"}, {"convert", "--to", "Adam8bit", "--bits", "32"}}) {
      Object[] all = new Object[args.length + 3];
      System.arraycopy(args, 0, all, 0, args.length);
      all[args.length] = source;
      all[args.length + 1] = "-o";
      all[args.length + 2] = folder.resolve("copy.fb");
      Run run = Run.of(all);
      assertThat(run.status).as(run.toString()).isEqualTo(2);
      assertThat(run.err).contains("as it stands in", "Nothing was written").hasLineCount(1);
    }
    assertThat(folder.resolve("copy.fb")).doesNotExist();
  }
}
