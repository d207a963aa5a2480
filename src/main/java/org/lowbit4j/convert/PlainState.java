package org.lowbit4j.convert;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Map;
import org.lowbit4j.cuda.HostAccess;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.lowbit4j.rule.AMSGradRule;
import org.lowbit4j.rule.AdaBeliefRule;
import org.lowbit4j.rule.AdaDeltaRule;
import org.lowbit4j.rule.AdaMaxRule;
import org.lowbit4j.rule.AdagradRule;
import org.lowbit4j.rule.AdamRule;
import org.lowbit4j.rule.NadamRule;
import org.lowbit4j.rule.NesterovsRule;
import org.lowbit4j.rule.RMSpropRule;
import org.lowbit4j.rule.UpdateRule;
import org.lowbit4j.updater.BlockState;
import org.lowbit4j.updater.MomentReader;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;

/**
 * The state of one of ND4J's updaters: words of the network's data type, moment behind moment, in
 * the order of the twin's rule here.
 *
 * <p>Numbers are what the twin's rule calls its moments. They differ where ND4J's state begins at
 * something else than zero: AdaGrad's h at its default epsilon, RmsProp's v at epsilon, of which
 * {@code epsilon*decay^t} is left after t steps. The twins add that where they use it; it is
 * subtracted here when read, and added when written.
 */
public final class PlainState implements BlockState {

  private static final Map<Class<?>, UpdateRule> RULES =
      Map.of(
          Adam.class, AdamRule.INSTANCE,
          AMSGrad.class, AMSGradRule.INSTANCE,
          Nadam.class, NadamRule.INSTANCE,
          AdaBelief.class, AdaBeliefRule.INSTANCE,
          AdaMax.class, AdaMaxRule.INSTANCE,
          AdaGrad.class, AdagradRule.INSTANCE,
          RmsProp.class, RMSpropRule.INSTANCE,
          Nesterovs.class, NesterovsRule.INSTANCE,
          AdaDelta.class, AdaDeltaRule.INSTANCE);

  private static final int PIECE = 4096;

  /** What HALF rounds to infinity, and all above. */
  private static final float TOO_LARGE_FOR_HALF = 65520;

  /** Rounding of ND4J's own steps may leave a little less of the start than there should be. */
  private static final double ROUNDING = 1e-4;

  private final IUpdater config;
  private final UpdateRule rule;
  private final INDArray view;
  private final WordType words;
  private final RawMemory memory;
  private final long elements;
  private final int steps;

  /** What was subtracted. */
  private final double start;

  private final boolean fresh;

  /** The smallest number; NaN where some number is. */
  private float smallest = Float.POSITIVE_INFINITY;

  /**
   * Opens the state of an updater.
   *
   * @param config one that {@link #rule} knows
   * @param view its state, contiguous
   * @param elements parameters of the block
   * @param iteration steps that the network has done
   * @throws IllegalArgumentException if the state is of another length
   */
  public PlainState(IUpdater config, INDArray view, long elements, int iteration) {
    this.config = config;
    this.rule = rule(config);
    this.view = view;
    this.words = WordType.of(view.dataType(), "updater state");
    this.elements = elements;
    if (view.length() != elements * rule.moments().size()) {
      throw new IllegalArgumentException(
          String.format(
              "The state of %s has %d words; %d parameters have %d moments each. Configuration and state are not of one"
                  + " network.",
              config.getClass().getSimpleName(), view.length(), elements, rule.moments().size()));
    }
    HostAccess.begin(view);
    this.memory = new RawMemory(view, view.length() * words.bytes());
    this.fresh = isInitial();
    this.steps = fresh ? 0 : age(Math.max(1, iteration));
    this.start = start(steps);
  }

  /**
   * The rule of the twin here.
   *
   * @param config an updater of ND4J's
   * @return null for one that has no twin
   */
  public static UpdateRule rule(IUpdater config) {
    UpdateRule exact = RULES.get(config.getClass());
    return exact != null
        ? exact
        : RULES.entrySet().stream()
            .filter(e -> e.getKey().isInstance(config))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(null);
  }

  /** What is left of what the state began with. */
  private double start(int age) {
    if (config instanceof RmsProp) {
      RmsProp r = (RmsProp) config;
      return r.getEpsilon() * Math.pow(r.getRmsDecay(), age);
    }
    return config instanceof AdaGrad ? AdaGrad.DEFAULT_ADAGRAD_EPSILON : 0;
  }

  /**
   * The network's steps, or more if the state must be older: RmsProp's has no less than what is
   * left of its start. Whatever was done to the network's count, start and v are the v that there
   * is, and go on as it would.
   */
  private int age(int iteration) {
    double left = start(iteration);
    if (!(config instanceof RmsProp) || !(smallest > 0) || smallest >= left * (1 - ROUNDING)) {
      return iteration;
    }
    RmsProp r = (RmsProp) config;
    double share = smallest * (1 + ROUNDING) / r.getEpsilon();
    double older = Math.log(share) / Math.log(r.getRmsDecay());
    return older < Integer.MAX_VALUE / 2 ? Math.max(iteration, (int) Math.ceil(older)) : iteration;
  }

  private boolean isInitial() {
    boolean initially = true;
    float initial = (float) rounded(start(0));
    float[] piece = new float[PIECE];
    for (long at = 0; at < view.length(); at += PIECE) {
      int n = (int) Math.min(PIECE, view.length() - at);
      words.load(memory, at * words.bytes(), n, piece);
      for (int i = 0; i < n; i++) {
        initially &= piece[i] == initial;
        smallest = Math.min(smallest, piece[i]);
      }
      if (!initially && !(config instanceof RmsProp)) {
        return false; // nobody asks for the smallest
      }
    }
    return initially;
  }

  private double rounded(double value) {
    ByteBuffer word = ByteBuffer.allocate(words.bytes());
    words.put(word, value);
    word.flip();
    return words.get(word);
  }

  @Override
  public UpdateRule rule() {
    return rule;
  }

  @Override
  public long elements() {
    return elements;
  }

  @Override
  public boolean isFresh() {
    return fresh;
  }

  @Override
  public int steps() {
    return steps;
  }

  @Override
  public float[] norms() {
    return new float[0];
  }

  @Override
  public void read(int moment, long from, int n, float[] out, int at) {
    float[] piece = at == 0 ? out : new float[n];
    words.load(memory, (moment * elements + from) * words.bytes(), n, piece);
    if (start != 0) {
      for (int i = 0; i < n; i++) {
        piece[i] = (float) Math.max(0, piece[i] - start);
      }
    }
    if (piece != out) {
      System.arraycopy(piece, 0, out, at, n);
    }
    Reference.reachabilityFence(view);
  }

  @Override
  public boolean isAlike(BlockState other) {
    return other instanceof PlainState
        && rule.id() == other.rule().id()
        && elements == other.elements()
        && words == ((PlainState) other).words
        && start(0) == ((PlainState) other).start(0);
  }

  @Override
  public void copy(BlockState other) {
    view.assign(((PlainState) other).view.reshape(view.shape()));
  }

  @Override
  public void write(MomentReader values, int stepsDone, float[] norms) {
    double begun = start(stepsDone);
    float[] piece = new float[PIECE];
    for (int k = 0; k < rule.moments().size(); k++) {
      for (long at = 0; at < elements; at += PIECE) {
        int n = (int) Math.min(PIECE, elements - at);
        values.read(k, at, n, piece, 0);
        for (int i = 0; begun != 0 && i < n; i++) {
          piece[i] = (float) (piece[i] + begun);
        }
        requireRoom(k, piece, n);
        words.store(memory, (k * elements + at) * words.bytes(), n, piece);
      }
    }
    Reference.reachabilityFence(view);
    HostAccess.written(view);
  }

  private void requireRoom(int moment, float[] piece, int n) {
    for (int i = 0; words == WordType.HALF && i < n; i++) {
      if (Math.abs(piece[i]) >= TOO_LARGE_FOR_HALF) {
        throw new IllegalStateException(
            String.format(
                "Moment %s of %s is %s, and HALF, the network's data type, ends at 65504. Nothing was changed. Keep an updater"
                    + " of lowbit4j, whose moments have scales, or let the layer begin anew: reset().",
                rule.moments().get(moment), config.getClass().getSimpleName(), piece[i]));
      }
    }
  }

  /** Writes what ND4J begins with. */
  void begin() {
    view.assign(start(0));
  }
}
