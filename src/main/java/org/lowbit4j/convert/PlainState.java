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
    this.steps = fresh ? 0 : Math.max(1, iteration);
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

  private boolean isInitial() {
    float initial = (float) rounded(start(0));
    float[] piece = new float[PIECE];
    for (long at = 0; at < view.length(); at += PIECE) {
      int n = (int) Math.min(PIECE, view.length() - at);
      words.load(memory, at * words.bytes(), n, piece);
      for (int i = 0; i < n; i++) {
        if (piece[i] != initial) {
          return false;
        }
      }
    }
    return true;
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
        words.store(memory, (k * elements + at) * words.bytes(), n, piece);
      }
    }
    Reference.reachabilityFence(view);
    HostAccess.written(view);
  }

  /** Writes what ND4J begins with. */
  void begin() {
    view.assign(start(0));
  }
}
