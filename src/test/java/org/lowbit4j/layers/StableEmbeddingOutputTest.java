package org.lowbit4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.util.stream.Stream;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the layers compute, and what they refuse. */
class StableEmbeddingOutputTest {

  private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

  private static Layer layer(StableEmbedding conf, DataType type) {
    return TokenNetworks.network(conf, new Adam8bit(1e-3).dataType(type), type).getLayer(0);
  }

  private static INDArray activate(Layer layer, INDArray tokens) {
    return layer.activate(tokens, false, NONE);
  }

  @ParameterizedTest
  @EnumSource(names = {"HALF", "FLOAT", "DOUBLE"})
  void outputIsTheNormalizedRowByTheFormula(DataType type) {
    Layer layer = layer(TokenNetworks.single(), type);
    layer.getParam("g").assign(Nd4j.linspace(DataType.FLOAT, 1, 0.5, 6));
    layer.getParam("b").assign(Nd4j.linspace(DataType.FLOAT, -1, 0.25, 6));
    INDArray out = activate(layer, Nd4j.createFromArray(7, 0, 39, 7).reshape(4, 1));
    assertThat(out.dataType()).isEqualTo(type);
    assertThat(out.shape()).containsExactly(4, 6);
    double tolerance = type == DataType.FLOAT16 ? 2e-3 : type == DataType.FLOAT ? 1e-6 : 1e-14;
    int[] tokens = {7, 0, 39, 7};
    for (int i = 0; i < tokens.length; i++) {
      double[] x = layer.getParam("W").getRow(tokens[i]).toDoubleVector();
      double mean = 0;
      double variance = 0;
      for (double v : x) {
        mean += v / x.length;
      }
      for (double v : x) {
        variance += (v - mean) * (v - mean) / x.length;
      }
      for (int j = 0; j < x.length; j++) {
        double y = (x[j] - mean) / Math.sqrt(variance + 1e-5);
        assertThat(out.getDouble(i, j))
            .isCloseTo((1 + 0.5 * j) * y - 1 + 0.25 * j, within(tolerance * 4));
      }
    }
  }

  @Test
  void atFirstOutputHasMeanZeroAndVarianceOne() {
    INDArray out =
        activate(
            layer(TokenNetworks.single(), DataType.FLOAT),
            Nd4j.arange(TokenNetworks.VOCABULARY).reshape(-1, 1));
    assertThat(out.mean(1).amaxNumber().doubleValue()).isLessThan(1e-6);
    INDArray variance = out.mul(out).mean(1);
    assertThat(variance.minNumber().doubleValue()).isGreaterThan(0.99);
    assertThat(variance.maxNumber().doubleValue()).isLessThan(1.0001);
  }

  static Stream<INDArray> inputsOfEveryKind() {
    INDArray tokens = Nd4j.createFromArray(new int[][] {{3, 1, 4}, {1, 5, 9}});
    return Stream.of(
            DataType.INT32, DataType.INT64, DataType.UINT8, DataType.FLOAT16, DataType.FLOAT)
        .map(tokens::castTo)
        .flatMap(
            t ->
                Stream.of(
                    t,
                    t.dup('f'),
                    t.reshape(2, 1, 3),
                    t.transpose().dup().transpose(),
                    Nd4j.concat(1, t, t).get(all(), interval(3, 6))));
  }

  @ParameterizedTest(autoCloseArguments = false) // arrays are shared by views
  @MethodSource("inputsOfEveryKind")
  void stepsOfASequenceAreTheSameVectorsAsSingleTokens(INDArray tokens) {
    INDArray expected =
        activate(
            layer(TokenNetworks.single(), DataType.FLOAT), Nd4j.createFromArray(3, 1, 4, 1, 5, 9));
    INDArray first = activate(layer(TokenNetworks.sequence(), DataType.FLOAT), tokens);
    assertThat(first.shape()).containsExactly(2, 6, 3);
    assertThat(first.permute(0, 2, 1).reshape('c', 6, 6)).isEqualTo(expected);
    INDArray last =
        activate(
            layer(
                new StableEmbeddingSequenceLayer.Builder()
                    .nIn(TokenNetworks.VOCABULARY)
                    .nOut(TokenNetworks.SIZE)
                    .outputDataFormat(RNNFormat.NWC)
                    .build(),
                DataType.FLOAT),
            tokens);
    assertThat(last.shape()).containsExactly(2, 3, 6);
    assertThat(last.reshape('c', 6, 6)).isEqualTo(expected);
  }

  @Test
  void maskedStepsAreZeroAndChangeNoParameter() {
    MultiLayerNetwork net =
        TokenNetworks.network(TokenNetworks.sequence(), new Adam8bit(1e-3), DataType.FLOAT);
    net.initGradientsView();
    Layer layer = net.getLayer(0);
    layer.getParam("b").assign(5); // what is masked is 0 even so
    layer.setMaskArray(Nd4j.createFromArray(new float[][] {{1, 1, 0}, {1, 0, 0}}));
    INDArray tokens = Nd4j.createFromArray(new int[][] {{3, 1, 4}, {1, 5, 9}});
    INDArray out = activate(layer, tokens);
    double[][] norms = out.norm1(1).toDoubleMatrix();
    assertThat(norms[0][0]).isPositive();
    assertThat(norms[0][1]).isPositive();
    assertThat(norms[1][0]).isPositive();
    assertThat(norms[0][2]).isZero();
    assertThat(norms[1][1]).isZero();
    assertThat(norms[1][2]).isZero();

    layer.backpropGradient(Nd4j.randn(DataType.FLOAT, 2, 6, 3), NONE);
    INDArray weights = layer.getGradientsViewArray().get(interval(0, 240)).reshape('f', 40, 6);
    double[] rows = weights.norm1(1).toDoubleVector();
    for (int i = 0; i < rows.length; i++) {
      assertThat(rows[i] > 0).as("token %d", i).isEqualTo(i == 1 || i == 3);
    }
  }

  /** A gradient is not added to that of the step before. */
  @Test
  void gradientsStartFromZero() {
    MultiLayerNetwork net =
        TokenNetworks.network(TokenNetworks.single(), new Adam8bit(1e-3), DataType.FLOAT);
    net.initGradientsView();
    Layer layer = net.getLayer(0);
    layer.getGradientsViewArray().assign(Float.NaN);
    INDArray slope = Nd4j.randn(DataType.FLOAT, 2, 6);
    activate(layer, Nd4j.createFromArray(3, 3));
    layer.backpropGradient(slope.dup(), NONE);
    INDArray first = layer.getGradientsViewArray().dup();
    layer.backpropGradient(slope.dup(), NONE);
    assertThat(layer.getGradientsViewArray()).isEqualTo(first);
    assertThat(first.isNaN().any()).isFalse();
  }

  static Stream<Arguments> mistakes() {
    StableEmbedding one = TokenNetworks.single();
    StableEmbedding many = TokenNetworks.sequence();
    StableEmbedding five =
        new StableEmbeddingSequenceLayer.Builder().nIn(40).nOut(6).inputLength(5).build();
    StableEmbedding large = new StableEmbeddingLayer.Builder().nIn(3000).nOut(6).build();
    INDArray matrix = Nd4j.createFromArray(new float[][] {{3, 1, 4}, {1, 5, 9}});
    return Stream.of(
        Arguments.of(one, Nd4j.createFromArray(1, 40), "index at [1] of the input is 40.0"),
        Arguments.of(one, Nd4j.createFromArray(1, 40), "integer from 0 to 39"),
        Arguments.of(one, Nd4j.createFromArray(-1L), "is -1.0"),
        Arguments.of(
            many, matrix.dup().putScalar(1, 2, 1.5), "index at [1, 2] of the input is 1.5"),
        Arguments.of(many, matrix.dup().putScalar(0, 1, Float.NaN), "is NaN"),
        Arguments.of(many, matrix.dup().putScalar(0, 1, 1e20), "at [0, 1]"),
        Arguments.of(one, Nd4j.createFromArray(true, false), "type BOOL"),
        Arguments.of(large, Nd4j.createFromArray(1f).castTo(DataType.FLOAT16), "type HALF"),
        Arguments.of(one, matrix, "[2, 3]; it must be [n, 1] or [n]"),
        Arguments.of(one, matrix.reshape(1, 6), "[1, 6]"),
        Arguments.of(many, matrix.reshape(6), "[n, length] or [n, 1, length]"),
        Arguments.of(many, matrix.reshape(1, 2, 3), "[1, 2, 3]"),
        Arguments.of(five, matrix, "[n, 5] or [n, 1, 5]"),
        Arguments.of(five, matrix, "layer type: StableEmbeddingSequenceLayer"));
  }

  @ParameterizedTest(autoCloseArguments = false) // arrays are shared by views
  @MethodSource("mistakes")
  void wrongInputIsRefused(StableEmbedding conf, INDArray input, String message) {
    Layer layer = layer(conf, DataType.FLOAT);
    assertThatThrownBy(() -> activate(layer, input))
        .isInstanceOf(DL4JInvalidInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void masksOfAnotherShapeAreRefused() {
    for (StableEmbedding conf :
        new StableEmbedding[] {TokenNetworks.single(), TokenNetworks.sequence()}) {
      Layer layer = layer(conf, DataType.FLOAT);
      layer.setMaskArray(Nd4j.ones(2, 7));
      assertThatThrownBy(() -> activate(layer, Nd4j.ones(2, 1)))
          .isInstanceOf(DL4JInvalidInputException.class)
          .hasMessageContaining("mask has shape [2, 7]; it must be [2, 1]");
    }
  }
}
