package org.lowbit4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lowbit4j.memory.GradientView;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Which offers of weight decay a step takes. */
class DecayOffersTest {

  private static final int ITERATION = 5;

  private final INDArray gradients = Nd4j.zeros(DataType.FLOAT, 100);
  private final GradientView all = new GradientView(gradients);

  private static GradientView part(INDArray array, int from, int to) {
    return new GradientView(array.get(NDArrayIndex.interval(from, to)));
  }

  private static GradientView parameters(int n) {
    return new GradientView(Nd4j.ones(DataType.FLOAT, n));
  }

  private GradientView offer(float factor, int from, int to) {
    GradientView gradient = part(gradients, from, to);
    DecayOffers.offer(factor, parameters(to - from), gradient, ITERATION);
    return gradient;
  }

  @AfterEach
  void takeNothingToOtherTests() {
    DecayOffers.offer(1, parameters(1), part(gradients, 0, 1), -1);
    DecayOffers.takeBack(part(gradients, 0, 1));
    assertThat(DecayOffers.take(all, -1)).isEmpty();
  }

  @Test
  void offersWithinTheGradientsAreTakenInTheirOrder() {
    GradientView second = offer(0.2f, 50, 100);
    GradientView first = offer(0.1f, 0, 7);
    assertThat(DecayOffers.take(all, ITERATION))
        .extracting(offer -> offer.factor)
        .containsExactly(0.1f, 0.2f);
    assertThat(DecayOffers.takeBack(first)).isEqualTo(0.1f);
    assertThat(DecayOffers.takeBack(first)).isZero();
    assertThat(DecayOffers.takeBack(second)).isEqualTo(0.2f);
  }

  /** As steps in chunks do. */
  @Test
  void offersAreTakenByEachCallOfAStep() {
    offer(0.1f, 0, 7);
    assertThat(DecayOffers.take(all, ITERATION)).hasSize(1);
    assertThat(DecayOffers.take(all, ITERATION)).hasSize(1);
  }

  @Test
  void whatIsNotTakenIsNotAdded() {
    GradientView gradient = offer(0.1f, 10, 20);
    assertThat(DecayOffers.takeBack(gradient)).isZero();
    assertThat(DecayOffers.take(all, ITERATION)).isEmpty();
  }

  @Test
  void offersOfOthersAreNotTaken() {
    GradientView gradient = offer(0.1f, 10, 20);
    assertThat(DecayOffers.take(part(gradients, 0, 19), ITERATION)).isEmpty();
    assertThat(DecayOffers.take(part(gradients, 11, 100), ITERATION)).isEmpty();
    assertThat(DecayOffers.take(all, ITERATION + 1)).isEmpty();
    assertThat(CompletableFuture.supplyAsync(() -> DecayOffers.take(all, ITERATION)).join())
        .isEmpty();
    assertThat(DecayOffers.takeBack(gradient)).isZero();
  }

  /** Nobody takes back what was offered to a step that failed. */
  @Test
  void offersEndWithTheIteration() {
    offer(0.1f, 10, 20);
    DecayOffers.offer(0.2f, parameters(10), part(gradients, 30, 40), ITERATION + 1);
    assertThat(DecayOffers.take(all, ITERATION)).isEmpty();
    assertThat(DecayOffers.take(all, ITERATION + 1)).hasSize(1);
  }

  @Test
  void closedArraysAreNotRead() {
    INDArray parameters = Nd4j.ones(DataType.FLOAT, 10);
    DecayOffers.offer(0.1f, new GradientView(parameters), part(gradients, 10, 20), ITERATION);
    parameters.close();
    assertThat(DecayOffers.take(all, ITERATION)).isEmpty();
  }
}
