package org.lowbit4j.regularization;

import java.util.Arrays;
import java.util.List;
import org.lowbit4j.check.Check;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Keeps an updater and the weight decay or trust ratio that were installed for it from acting
 * without each other. DL4J lets users replace either alone, as {@code FineTuneConfiguration} does,
 * and tells the one nothing of the other.
 *
 * <p>It is there twice: before the updater, whose step without it is refused, and behind it, where
 * the step of another updater is. DL4J applies both to the variables of an updater on the thread
 * that makes the step, directly before and after it. What is refused leaves parameters as they
 * were, since DL4J subtracts updates after that.
 */
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE)
public final class UpdaterCheck implements OptimizerRegularization {

  private static final long serialVersionUID = 1L;

  /** For messages: what to do. */
  public static final String REMEDY =
      " Call OptimManager.of(net).apply(), which installs it and keeps the state, or pass the configuration through"
          + " OptimManager before the network is made.";

  /**
   * What happened last on a thread: the scope that was announced, and that whose step was done.
   * Threads outlive applications: what they keep must be the JDK's, and not keep classes of this
   * library.
   */
  private static final ThreadLocal<String[]> STEP = ThreadLocal.withInitial(() -> new String[2]);

  private static final int ANNOUNCED = 0;
  private static final int DONE = 1;

  private final String updater;
  private final String scope;
  private final ApplyStep when;

  @JsonCreator
  UpdaterCheck(
      @JsonProperty(value = "updater", required = true) String updater,
      @JsonProperty(value = "scope", required = true) String scope,
      @JsonProperty(value = "when", required = true) ApplyStep when) {
    this.updater = Check.notNull("updater", updater);
    this.scope = Check.notNull("scope", scope);
    this.when = Check.notNull("when", when);
  }

  /**
   * The two that belong beside an updater's regularizations.
   *
   * @param updater name of its class, for messages
   * @param scope its scope
   * @return before and behind the updater
   */
  public static List<Regularization> of(String updater, String scope) {
    return Arrays.asList(
        new UpdaterCheck(updater, scope, ApplyStep.BEFORE_UPDATER),
        new UpdaterCheck(updater, scope, ApplyStep.POST_UPDATER));
  }

  /**
   * Notes that an updater's step begins.
   *
   * @param scope its scope; null where nothing was installed for it
   * @return false if something was installed for it and is no longer there
   */
  public static boolean beginStep(String scope) {
    String[] step = STEP.get();
    boolean found = scope == null || scope.equals(step[ANNOUNCED]);
    step[ANNOUNCED] = null;
    step[DONE] = null;
    return found;
  }

  /**
   * Notes that an updater's step was done.
   *
   * @param scope its scope; null where nothing was installed for it
   */
  public static void endStep(String scope) {
    STEP.get()[DONE] = scope;
  }

  @Override
  public ApplyStep applyStep() {
    return when;
  }

  @Override
  public void apply(INDArray param, INDArray gradView, double lr, int iteration, int epoch) {
    String[] step = STEP.get();
    if (when == ApplyStep.BEFORE_UPDATER) {
      step[ANNOUNCED] = scope;
      step[DONE] = null;
    } else if (!scope.equals(step[DONE])) {
      step[ANNOUNCED] = null;
      throw new IllegalStateException(
          String.format(
              "The weight decay or trust ratio of %s is installed here (scope %s), and another updater made this step: the"
                  + " layer's updater was replaced, as FineTuneConfiguration.updater does. Parameters are as before.%s",
              updater, scope, REMEDY));
    }
  }

  @Override
  public double score(INDArray param, int iteration, int epoch) {
    return 0;
  }

  @Override
  public Regularization clone() {
    return this; // immutable
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UpdaterCheck
        && updater.equals(((UpdaterCheck) other).updater)
        && scope.equals(((UpdaterCheck) other).scope)
        && when == ((UpdaterCheck) other).when;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(new Object[] {updater, scope, when});
  }

  @Override
  public String toString() {
    return "check of " + updater + " " + when;
  }
}
