package org.lowbit4j.regularization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.Regularization.ApplyStep;

/** The steps of updaters and their regularizations in all orders that DL4J may make. */
class UpdaterCheckTest {

  private static final String SCOPE = "0:dense";

  private final List<Regularization> checks = UpdaterCheck.of("AdamW8bit", SCOPE);
  private final List<Regularization> others = UpdaterCheck.of("LAMB8bit", "1:out");

  @BeforeEach
  void forgetEarlierSteps() {
    UpdaterCheck.beginStep(null);
    UpdaterCheck.endStep(null);
  }

  private static void apply(Regularization check) {
    INDArray one = Nd4j.ones(1);
    check.apply(one, one, 0.1, 0, 0);
    assertThat(one).isEqualTo(Nd4j.ones(1));
  }

  private void assertRefused() {
    assertThatThrownBy(() -> apply(checks.get(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("AdamW8bit", SCOPE, "another updater", UpdaterCheck.REMEDY);
  }

  @Test
  void oneIsBeforeTheUpdaterAndOneBehind() {
    assertThat(checks)
        .extracting(Regularization::applyStep)
        .containsExactly(ApplyStep.BEFORE_UPDATER, ApplyStep.POST_UPDATER);
    assertThat(checks.get(1).score(Nd4j.ones(1), 0, 0)).isZero();
  }

  @Test
  void theUpdaterThatTheyBelongToSteps() {
    for (int step = 0; step < 2; step++) {
      apply(checks.get(0));
      apply(checks.get(0));
      assertThat(UpdaterCheck.beginStep(SCOPE)).isTrue();
      UpdaterCheck.endStep(SCOPE);
      assertThatCode(() -> apply(checks.get(1))).doesNotThrowAnyException();
      assertThatCode(() -> apply(checks.get(1))).doesNotThrowAnyException();
    }
  }

  @Test
  void anUpdaterWithoutThemIsTold() {
    assertThat(UpdaterCheck.beginStep(SCOPE)).isFalse();
    apply(others.get(0));
    assertThat(UpdaterCheck.beginStep(SCOPE)).isFalse();
    assertThat(UpdaterCheck.beginStep(null)).isTrue();
  }

  /** What was before the last step says nothing about this one. */
  @Test
  void anAnnouncementCountsOnce() {
    apply(checks.get(0));
    assertThat(UpdaterCheck.beginStep(SCOPE)).isTrue();
    assertThat(UpdaterCheck.beginStep(SCOPE)).isFalse();
  }

  @Test
  void theStepOfAnotherUpdaterIsRefused() {
    assertRefused();
    apply(checks.get(0));
    assertRefused();
    UpdaterCheck.endStep("1:out");
    assertRefused();
    UpdaterCheck.endStep(null);
    assertRefused();
  }

  /** An updater that does nothing of the kind between two of ours. */
  @Test
  void aStepDoneBeforeTheAnnouncementDoesNotCount() {
    UpdaterCheck.endStep(SCOPE);
    apply(checks.get(0));
    assertRefused();
    UpdaterCheck.endStep(SCOPE);
    UpdaterCheck.beginStep(null);
    assertRefused();
  }

  /** Caught, a refusal leaves nothing that a later step would find. */
  @Test
  void aRefusedStepIsForgotten() {
    apply(checks.get(0));
    assertRefused();
    assertThat(UpdaterCheck.beginStep(SCOPE)).isFalse();
  }

  @Test
  void stepsOfOtherThreadsDoNotCount() throws InterruptedException {
    Thread thread = new Thread(() -> apply(checks.get(0)));
    thread.start();
    thread.join();
    assertThat(UpdaterCheck.beginStep(SCOPE)).isFalse();
  }

  /** Threads outlive applications that are loaded anew, and must not keep their classes. */
  @Test
  void aThreadKeepsNoClass() throws Exception {
    WeakReference<ClassLoader> dropped = new WeakReference<>(loaderOfAStep());
    for (int tries = 0; dropped.get() != null && tries < 100; tries++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(dropped.get()).isNull();
  }

  private static ClassLoader loaderOfAStep() throws Exception {
    ClassLoader ours = UpdaterCheckTest.class.getClassLoader();
    ClassLoader loader =
        new ClassLoader(ours) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(UpdaterCheck.class.getName()) || findLoadedClass(name) != null) {
              return super.loadClass(name, resolve);
            }
            try (InputStream in = ours.getResourceAsStream(name.replace('.', '/') + ".class")) {
              byte[] bytes = in.readAllBytes();
              return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
              throw new ClassNotFoundException(name, e);
            }
          }
        };
    Class<?> check = loader.loadClass(UpdaterCheck.class.getName());
    assertThat(check).isNotSameAs(UpdaterCheck.class);
    check.getMethod("endStep", String.class).invoke(null, SCOPE);
    return loader;
  }

  @Test
  void equality() {
    Regularization check = checks.get(0);
    Regularization same = UpdaterCheck.of("AdamW8bit", SCOPE).get(0);
    assertThat(check).isEqualTo(same).hasSameHashCodeAs(same).hasToString(same.toString());
    assertThat(check)
        .isNotEqualTo(checks.get(1))
        .isNotEqualTo(UpdaterCheck.of("Lion8bit", SCOPE).get(0))
        .isNotEqualTo(UpdaterCheck.of("AdamW8bit", "1:dense").get(0))
        .isNotEqualTo(null);
    assertThat(check.clone()).isEqualTo(check);
    assertThat(check).hasToString("check of AdamW8bit BEFORE_UPDATER");
    assertThat(check.hashCode()).isNotEqualTo(checks.get(1).hashCode());
  }
}
