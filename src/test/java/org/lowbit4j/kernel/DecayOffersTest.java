package org.lowbit4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

  private final INDArray parameters = Nd4j.ones(DataType.FLOAT, 100);
  private final INDArray gradients = Nd4j.zeros(DataType.FLOAT, 100);
  private final GradientView all = new GradientView(gradients);

  private static GradientView part(INDArray array, int from, int to) {
    return new GradientView(array.get(NDArrayIndex.interval(from, to)));
  }

  /** Offers decay of some elements. */
  private void offer(float factor, int from, int to) {
    DecayOffers.offer(factor, part(parameters, from, to), part(gradients, from, to), ITERATION);
  }

  private float settle(int from, int to) {
    return DecayOffers.settle(part(parameters, from, to), part(gradients, from, to), ITERATION);
  }

  @AfterEach
  void leaveNothingToOtherTests() {
    DecayOffers.forget();
    assertThat(DecayOffers.take(all, ITERATION)).isEmpty();
  }

  @Test
  void offersWithinTheGradientsAreTakenInTheirOrder() {
    offer(0.2f, 50, 100);
    offer(0.1f, 0, 7);
    assertThat(DecayOffers.take(all, ITERATION))
        .extracting(offer -> offer.factor)
        .containsExactly(0.1f, 0.2f);
    assertThat(settle(0, 7)).isEqualTo(0.1f);
    assertThat(settle(0, 7)).isZero();
    assertThat(settle(50, 100)).isEqualTo(0.2f);
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
    offer(0.1f, 10, 20);
    assertThat(settle(10, 20)).isZero();
    assertThat(DecayOffers.take(all, ITERATION)).isEmpty();
  }

  @Test
  void offersOfOthersAreNotTaken() {
    offer(0.1f, 10, 20);
    assertThat(DecayOffers.take(part(gradients, 0, 19), ITERATION)).isEmpty();
    assertThat(DecayOffers.take(part(gradients, 11, 100), ITERATION)).isEmpty();
    assertThat(DecayOffers.take(all, ITERATION + 1)).isEmpty();
    assertThat(CompletableFuture.supplyAsync(() -> DecayOffers.take(all, ITERATION)).join())
        .isEmpty();
    assertThat(settle(10, 20)).isZero();
  }

  /** What was done for one variable is not done for another in the same place. */
  @Test
  void decayIsSettledWithWhatWasOffered() {
    GradientView gradient = part(gradients, 10, 20);
    GradientView decaying = part(parameters, 10, 20);
    Runnable taken =
        () -> {
          offer(0.1f, 10, 20);
          assertThat(DecayOffers.take(all, ITERATION)).hasSize(1);
        };
    taken.run();
    assertThat(DecayOffers.settle(part(parameters, 11, 21), gradient, ITERATION)).isZero();
    taken.run();
    assertThat(DecayOffers.settle(decaying, part(gradients, 10, 19), ITERATION)).isZero();
    taken.run();
    assertThat(DecayOffers.settle(decaying, gradient, ITERATION + 1)).isZero();
  }

  /** Nobody settles what was offered to a step that was never done. */
  @Test
  void offersEndWithTheIteration() {
    offer(0.1f, 10, 20);
    GradientView others = part(parameters, 30, 40);
    DecayOffers.offer(0.2f, others, part(gradients, 30, 40), ITERATION + 1);
    assertThat(DecayOffers.take(all, ITERATION)).isEmpty();
    assertThat(DecayOffers.take(all, ITERATION + 1)).hasSize(1);
  }

  @Test
  void whatCannotBeReadIsRefused() {
    GradientView ten = part(gradients, 0, 10);
    GradientView doubles = new GradientView(Nd4j.ones(DataType.DOUBLE, 10));
    GradientView strided = new GradientView(Nd4j.ones(DataType.FLOAT, 10, 2).getColumn(0));
    for (GradientView parameters :
        new GradientView[] {part(parameters, 0, 9), part(parameters, 0, 11), doubles}) {
      assertThatThrownBy(() -> DecayOffers.offer(1, parameters, ten, ITERATION))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("both must be FLOAT and equally long");
      assertThatThrownBy(() -> Kernels.axpy(1, parameters, 1, ten))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(parameters.length() + " elements of type " + parameters.words());
      assertThatThrownBy(() -> Kernels.axpyNorm(1, parameters, ten))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> DecayOffers.offer(1, strided, ten, ITERATION))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("contiguous");
    assertThat(DecayOffers.take(all, ITERATION)).isEmpty();
  }

  @Test
  void closedArraysAreNotRead() {
    offer(0.1f, 10, 20);
    parameters.close();
    assertThat(DecayOffers.take(all, ITERATION)).isEmpty();
  }
}
