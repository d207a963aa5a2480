package org.lowbit4j.updater;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.lowbit4j.check.Check;
import org.lowbit4j.codec.Codebook;
import org.lowbit4j.codec.MomentSums;
import org.lowbit4j.cuda.CudaUpdates;
import org.lowbit4j.kernel.Kernel;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.kernel.PercentileClipping;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.regularization.UpdaterCheck;
import org.lowbit4j.rule.Moment;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.state.StateFormatException;
import org.lowbit4j.state.StateGuard;
import org.lowbit4j.state.StateHeader;
import org.lowbit4j.state.StateLayout;
import org.lowbit4j.state.StateMemory;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of all updaters: binds a configuration to its state and turns gradients into updates,
 * in place.
 *
 * <p>All state lives in the view that DL4J provides; all-zero bytes are fresh state. The view may
 * be overwritten from outside between two steps (restore, clone) and is looked at only when a step
 * begins.
 *
 * <p>A step and those who look at moments hold this object's monitor, and in it that of the
 * updaters whose state lies in the same array. They take no other in it; who holds a network's
 * takes this one after it.
 *
 * @param <C> the configuration
 */
public abstract class LowBitUpdater<C extends LowBitConfig<C>> implements GradientUpdater<C> {

  /** Key of the state array in {@link #getState()}. */
  public static final String STATE = "LOWBIT_STATE";

  private static final Logger LOG = LoggerFactory.getLogger(LowBitUpdater.class);

  private static final int NEVER = -1;

  private final C config;

  /** The configuration when the state was set: how state is kept cannot change afterwards. */
  private C stored;

  private float[] coefficients;
  private StateMemory state;
  private StateHeader header;
  private StateGuard guard;

  /** Null unless ND4J's backend is CUDA. */
  private CudaUpdates cuda;

  /** Those whose state lies in the same array, and the lock of all these states. */
  private StateGroup group;

  /** SameDiff, which gives states by name or twice, has one updater for each variable. */
  private boolean inNetwork;

  /** Of the last step, or as the state's header has it; null if there was none. */
  private StateLayout layout;

  /** That of fresh state before its first step, whose elements are not known. */
  private StateLayout noLayout;

  /** Elements of the last gradient, 0 if there was none: headers can be damaged, gradients not. */
  private long parameters;

  /** The bits in the state's header by which the layout was chosen. */
  private int writtenBits;

  /** The step for which another one of the group has checked this. */
  private int checkedIteration = NEVER;

  private int checkedEpoch;

  /** Of the last step that was done here; {@link #NEVER} before. */
  private int lastIteration = NEVER;

  /** Steps done with the state before the present one. */
  private int steps;

  private long clipped;
  private long nanos;
  private long timed;

  /** Null without percentile clipping. */
  private PercentileClipping clipping;

  private Codebook[] codebooks;

  private Kernel kernel;
  private StateReader reader;

  /**
   * Makes an updater without state.
   *
   * @param config its configuration; learning rate and hyper-parameters are read at every step, how
   *     state is kept when the state array is set
   */
  protected LowBitUpdater(C config) {
    this.config = config;
  }

  /**
   * Computes the coefficients of the rule for one step.
   *
   * @param c receives them
   * @param learningRate the learning rate at this iteration, 1 for optimizers without
   * @param iteration DL4J's count of steps done before this one, which bias corrections and
   *     schedules follow; see {@link #steps}
   * @param epoch epochs done
   */
  protected abstract void coefficients(float[] c, double learningRate, int iteration, int epoch);

  /**
   * The age of the state, for what depends on how the moments began. DL4J's iteration is another
   * number where state was dropped in mid-training, or a clone counts anew.
   *
   * @return steps done with the state before the one whose coefficients are computed
   */
  protected final int steps() {
    return steps;
  }

  @Override
  public C getConfig() {
    return config;
  }

  @Override
  public Map<String, INDArray> getState() {
    return state == null ? Collections.emptyMap() : Collections.singletonMap(STATE, state.view());
  }

  @Override
  public void setState(Map<String, INDArray> stateMap, boolean initialize) {
    Requirements.oneKey(stateMap.keySet(), STATE, config);
    INDArray view = stateMap.get(STATE);
    setStateViewArray(view, view.shape(), view.ordering(), initialize);
    inNetwork = false;
  }

  /**
   * Sets the state array.
   *
   * @param viewArray contiguous array of {@link LowBitConfig#stateSize} words or more
   * @param gradientShape the gradient's shape, of which the number of elements is checked; or that
   *     of the array, as where it is not known
   * @param gradientOrder not used: elements are numbered in 'c' order
   * @param initialize whether to set it to fresh state, which is zero
   * @throws IllegalArgumentException if the array is not FLOAT, DOUBLE or HALF, or has smaller
   *     words than the configuration's data type, or is too small for the gradient's shape
   * @throws UnsupportedOperationException if the ND4J backend is neither nd4j-native nor nd4j-cuda
   */
  @Override
  public synchronized void setStateViewArray(
      INDArray viewArray, long[] gradientShape, char gradientOrder, boolean initialize) {
    Requirements.knownBackend();
    WordType words = WordType.of(viewArray.dataType(), "state array");
    codebooks = config.codebooks(words);
    CudaUpdates device = device(config.rule(), codebooks);
    if (device != null) {
      device.toHost(viewArray, null);
    }
    StateMemory memory = new StateMemory(viewArray);
    Requirements.words(memory.words(), config);
    Requirements.room(memory, ArrayUtil.prodLong(gradientShape), config);
    if (initialize) {
      viewArray.assign(0);
    }
    inNetwork = state == null;
    stored = config.clone();
    coefficients = new float[stored.rule().coefficientCount()];
    state = memory;
    cuda = device;
    clipping =
        stored.getPercentileClipping() < PercentileClipping.HISTORY
            ? new PercentileClipping()
            : null;
    header = stored.header();
    guard = new StateGuard(state, header);
    kernel = Kernels.create(config.rule(), codebooks, stored.largestBlock());
    reader = new StateReader(state, kernel, cuda);
    layout = null;
    noLayout = null;
    parameters = 0;
    checkedIteration = NEVER;
    group = StateGroup.join(this, viewArray);
  }

  /**
   * Turns a gradient into the update, in place, and advances the state.
   *
   * <p>The first block of a network that is asked for a step has all blocks checked: if one would
   * be refused, none has moved.
   *
   * <p>Elements that are not finite get update 0 and leave their moments as they were, up to
   * rounding to their block's new scale.
   *
   * @param gradient FLOAT, DOUBLE or HALF array of any shape and strides
   * @param iteration DL4J's count of steps done before this one, 0 or more
   * @param epoch epochs done
   * @throws org.lowbit4j.state.StateFormatException if the state is not this updater's, or damaged,
   *     or that of another one whose state lies in the same array; gradient and state are unchanged
   * @throws IllegalStateException if there is no state yet, or an array was closed, or weight decay
   *     or a trust ratio that was installed for this updater is gone
   * @throws IllegalArgumentException if the iteration is negative, a schedule's value out of range,
   *     or the gradient of another data type
   */
  @Override
  public synchronized void applyUpdater(INDArray gradient, int iteration, int epoch) {
    if (gradient.length() != 0) {
      String scope = config.checkedScope();
      if (!UpdaterCheck.beginStep(scope)) {
        config.requireNothingElse();
      }
      long start = System.nanoTime();
      step(gradient, iteration, epoch);
      nanos += System.nanoTime() - start;
      timed++;
      UpdaterCheck.endStep(scope);
    }
  }

  private void step(INDArray gradient, int iteration, int epoch) {
    if (state == null) {
      throw new IllegalStateException(
          config.getClass().getSimpleName()
              + " has no state array; call setStateViewArray or setState first.");
    }
    Requirements.open(state.view(), "state array");
    Requirements.open(gradient, "gradient");
    Check.that(iteration >= 0, "iteration", iteration, "0 or more");
    WordType.of(gradient.dataType(), "gradient");
    synchronized (group) {
      boolean onDevice = cuda != null && cuda.isUsable(GradientView.isContiguous(gradient));
      checkAll(gradient, iteration, epoch, onDevice);
      doStep(gradient, iteration, onDevice);
      lastIteration = iteration;
      summarize(true, onDevice);
    }
  }

  /** This one, and all others of the group unless they were checked for this step already. */
  private void checkAll(INDArray gradient, int iteration, int epoch, boolean onDevice) {
    boolean checked = iteration == checkedIteration && epoch == checkedEpoch;
    checkedIteration = NEVER;
    check(gradient.length(), iteration, epoch, onDevice);
    if (!checked) {
      if (!group.has(this)) {
        group = StateGroup.join(this, state.view());
      }
      group.checkOthers(this, state.view(), gradient, iteration, epoch);
      if (steps > 0) {
        summarize(false, onDevice);
      }
    }
  }

  private void summarize(boolean isComplete, boolean onDevice) {
    if (inNetwork && !group.isSummarized()) {
      group.summarize(isComplete, onDevice ? "cuda" : Kernels.description());
    }
  }

  /** Adds this state's size if it is known, for the group. */
  boolean addTo(StateSummary summary) {
    if (layout == null) {
      return false;
    }
    summary.add(layout, state.bytes(), stored);
    return true;
  }

  /** Whether a gradient told how many parameters this is for, or nothing claims to know. */
  boolean hasKnownElements() {
    return parameters != 0 || layout == null;
  }

  /** Parameters that this is for, as far as is known: by its gradient, or its state's header. */
  long elements() {
    return parameters != 0 || layout == null ? parameters : layout.elements();
  }

  /** For the group, before another one's step. */
  void checkAhead(int iteration, int epoch) {
    if (!state.view().wasClosed()) {
      check(0, iteration, epoch, cuda != null);
      checkedIteration = iteration;
      checkedEpoch = epoch;
    }
  }

  /**
   * Checks whatever can make a step fail, and computes its coefficients. On a device the state is
   * copied to the host only if the host must verify it.
   *
   * @param elements of the gradient, 0 if it is not known
   */
  private void check(long elements, int iteration, int epoch, boolean onDevice) {
    boolean fits = layout != null && (elements == 0 || elements == layout.elements());
    if (!onDevice || !fits || cuda.needsVerification()) {
      if (cuda != null) {
        cuda.toHost(state.view(), null);
      }
      open(elements);
      steps = guard.steps(iteration);
      if (cuda != null) {
        cuda.verified(guard.isFresh(), StateHeader.steps(state));
      }
    }
    computeCoefficients(iteration, epoch);
  }

  /** Verifies the state on the host, for a gradient of so many elements, 0 if it is not known. */
  private void open(long elements) {
    int written = StateHeader.bits(state);
    long known = parameters == 0 ? StateHeader.elements(state) : parameters;
    long n = elements == 0 ? known : elements;
    boolean same = layout != null && n == layout.elements() && written == writtenBits;
    StateLayout next = same ? layout : n == 0 && written == 0 ? noLayout() : layout(n);
    guard.open(next);
    // What was refused is not kept, neither a header nor a gradient's length. Without elements the
    // state is fresh, and of unknown length.
    if (elements != 0) {
      parameters = elements;
    }
    layout = n == 0 ? null : next;
    writtenBits = written;
  }

  /** Made once: blocks that are never stepped, as those for pretraining, are looked at as often. */
  private StateLayout noLayout() {
    if (noLayout == null) {
      noLayout = layout(0);
    }
    return noLayout;
  }

  private void doStep(INDArray gradient, int iteration, boolean onDevice) {
    long skipped = reader.skipped(false);
    if (onDevice) {
      cuda.step(
          state.view(),
          gradient,
          layout,
          header,
          coefficients,
          config.getPercentileClipping(),
          steps);
      steps = StateHeader.storedSteps(steps + 1);
    } else if (cuda == null) {
      applyOnHost(gradient);
    } else {
      cuda.toHost(state.view(), gradient);
      applyOnHost(gradient);
      cuda.hostWritten(state.view(), gradient);
    }
    if (skipped == 0 && reader.skipped(false) > 0) {
      LOG.warn(
          "{}: {} gradient elements are not finite at iteration {}; their state is kept and their update is 0. Further"
              + " ones are counted, see LowBitUpdater.nonFiniteGradients().",
          config.getClass().getSimpleName(),
          reader.skipped(false),
          iteration);
    }
  }

  private void applyOnHost(INDArray gradient) {
    GradientView gradients = new GradientView(gradient);
    float gradientScale = clip(gradients);
    clipped += gradientScale < 1 ? 1 : 0;
    guard.beginWrite();
    long damaged = kernel.damaged();
    long checksum =
        state.rewriteBlocks(
            blocks -> kernel.step(state, gradients, coefficients, gradientScale, steps, blocks));
    if (kernel.damaged() > damaged) {
      throw StateFormatException.inMidStep(kernel.damaged() - damaged);
    }
    guard.close(
        checksum + (clipping == null ? 0 : clipping.checksum(state.layout().moments())), steps + 1);
    gradients.keepAlive();
    state.keepAlive();
  }

  private StateLayout layout(long elements) {
    return stored.layout(elements, state.words(), state.bytes(), StateHeader.bits(state));
  }

  /**
   * The width of the state.
   *
   * @return 4, 8 or 32; 0 for fresh state, as DL4J tells an updater with its first gradient only
   *     how many parameters it has: {@link #bits(long)} tells what they will be
   */
  public synchronized int bits() {
    if (reader == null) {
      return 0;
    }
    synchronized (group) { // another one's step looks at this header, too
      return reader.bits();
    }
  }

  /**
   * The width of the state, before the first step, too.
   *
   * @param parameters how many the updater is for, of an {@code UpdaterBlock} {@code
   *     getParamOffsetEnd() - getParamOffsetStart()}
   * @return 4, 8 or 32
   * @throws IllegalStateException if there is no state yet
   */
  public synchronized int bits(long parameters) {
    int written = bits();
    if (state == null) {
      throw new IllegalStateException("There is no state array; call setStateViewArray first.");
    }
    if (written != 0) {
      return written;
    }
    synchronized (group) {
      return layout(parameters).bits();
    }
  }

  /** The configuration by which the state is kept; null if there is none. */
  final synchronized C kept() {
    return stored;
  }

  /** Whether the network, if it was made for one, was not closed. */
  private boolean isOpen() {
    return state == null || !state.view().wasClosed();
  }

  /**
   * Whether no step was done yet, or none but a network's first, which may have failed behind this
   * updater.
   */
  final synchronized boolean isAtFirstStep() {
    return isOpen() && (lastIteration == 0 || state == null || bits() == 0);
  }

  /** Whether no step was done here: the state, if it is not fresh, is another one's. */
  final synchronized boolean isUnused() {
    return isOpen() && lastIteration == NEVER;
  }

  /**
   * Gradient elements that were not finite, so far.
   *
   * @return a count since the state array was set
   */
  public synchronized long nonFiniteGradients() {
    return reader == null ? 0 : reader.skipped(true);
  }

  /**
   * Gradients that percentile clipping made smaller, so far.
   *
   * @return a count since this updater was made; steps on a GPU are not in it
   */
  public synchronized long clippedGradients() {
    return clipped;
  }

  /**
   * The mean time of a step.
   *
   * @return milliseconds, of all steps since this updater was made; of steps on a GPU the time to
   *     launch them; 0 before the first
   */
  public synchronized double stepMillis() {
    return timed == 0 ? 0 : nanos / 1e6 / timed;
  }

  /**
   * The moments that the state has.
   *
   * @return names as {@link #moment} takes them
   */
  public synchronized List<String> moments() {
    return StateReader.names(stored == null ? config : stored);
  }

  /**
   * What a moment is like: its size, what rounding costs, codes at their limit. Nothing of its size
   * is made. May be called from any thread while another trains.
   *
   * @param name its name in the optimizer's paper, such as {@code m} or {@code v}
   * @return its figures after a whole step
   * @throws IllegalArgumentException if the optimizer has no such moment
   * @throws IllegalStateException if no step was done with this state yet, or the state is not this
   *     updater's
   */
  public synchronized MomentSums figures(String name) {
    int index = requireMoment(name);
    synchronized (group) {
      openForReading();
      return reader.figures(index, codebooks, Moment.divisor(stored.rule().moments()));
    }
  }

  /**
   * The present value of a moment. May be called from any thread while another trains: it is that
   * after a whole step.
   *
   * @param name its name in the optimizer's paper, such as {@code m} or {@code v}
   * @return a new FLOAT vector, one element per parameter
   * @throws IllegalArgumentException if the optimizer has no such moment
   * @throws IllegalStateException if no step was done with this state yet, or the state is not this
   *     updater's
   */
  public synchronized INDArray moment(String name) {
    int index = requireMoment(name);
    synchronized (group) {
      openForReading();
      return reader.moment(index);
    }
  }

  /**
   * The stored codes of a moment, which are bytes with 8 bits, and 0 to 14 with 4. May be called
   * from any thread while another trains: they are those after a whole step.
   *
   * @param name its name in the optimizer's paper, such as {@code m} or {@code v}
   * @return a new BYTE vector, one element per parameter; a copy, since the state's memory may be
   *     given back at any time, by {@code close()} of the network or by paging
   * @throws IllegalArgumentException if the optimizer has no such moment
   * @throws IllegalStateException if no step was done with this state yet, or it has 32 bits: see
   *     {@link #bits()}
   */
  public synchronized INDArray codes(String name) {
    int index = requireMoment(name);
    synchronized (group) {
      openForReading();
      return reader.codes(index, name);
    }
  }

  /** The index of a moment of a state that there is. */
  private int requireMoment(String name) {
    int index = StateReader.indexOf(name, stored == null ? config : stored);
    if (reader == null) {
      throw StateReader.fresh();
    }
    return index;
  }

  private void openForReading() {
    reader.fetch();
    if (StateHeader.isFresh(state)) {
      throw StateReader.fresh();
    }
    open(0);
  }

  private float clip(GradientView gradients) {
    if (clipping == null) {
      return 1;
    }
    boolean fresh = guard.isFresh();
    guard.beginWrite();
    return clipping.scale(state, gradients, config.getPercentileClipping(), steps, fresh);
  }

  private void computeCoefficients(int iteration, int epoch) {
    double rate = 1;
    if (config.hasLearningRate()) {
      rate = config.getLearningRate(iteration, epoch);
      if (!Check.isLearningRate(rate)) {
        // Words only where they are needed: this is every step's.
        Check.learningRate("learning rate at iteration " + iteration + ", epoch " + epoch, rate);
      }
    }
    coefficients(coefficients, rate, iteration, epoch);
  }

  /**
   * Makes what steps on a GPU; tests have one without a GPU.
   *
   * @param rule the arithmetic
   * @param codebooks one per moment
   * @return null unless the backend is CUDA
   */
  protected CudaUpdates device(UpdateRule rule, Codebook[] codebooks) {
    return CudaUpdates.create(rule, codebooks);
  }
}
