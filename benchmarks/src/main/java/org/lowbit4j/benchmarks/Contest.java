package org.lowbit4j.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lowbit4j.AMSGrad8bit;
import org.lowbit4j.AdEMAMix8bit;
import org.lowbit4j.AdaBelief8bit;
import org.lowbit4j.AdaDelta8bit;
import org.lowbit4j.AdaMax8bit;
import org.lowbit4j.Adagrad8bit;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.LAMB8bit;
import org.lowbit4j.LARS8bit;
import org.lowbit4j.Lion8bit;
import org.lowbit4j.Nadam8bit;
import org.lowbit4j.Nesterovs8bit;
import org.lowbit4j.RMSprop8bit;
import org.lowbit4j.SGD8bit;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;

/**
 * The candidates of one size, with their states, and the arrays they share. JMH makes its own state
 * objects anew for each of its short runs; this lasts through all rounds, of which one is held at a
 * time.
 */
final class Contest implements AutoCloseable {

  private static Contest present;

  private final long n;
  private final INDArray source;
  private final INDArray gradient;
  private final INDArray parameters;
  private final Map<String, Candidate> candidates = new LinkedHashMap<>();

  /** With candidates of Adam only, or all. */
  Contest(long n, int threads, boolean adamOnly) {
    this.n = n;
    this.source = Nd4j.randn(DataType.FLOAT, n).muli(1e-3);
    this.gradient = source.dup();
    this.parameters = Nd4j.randn(DataType.FLOAT, n);
    add(Candidate.nd4j(new Adam(), n));
    add(new Adam8bit(), new Adam());
    add(lowBit("Adam8bit, 4 bits", new Adam8bit().optimBits(4), new Adam()));
    add(lowBit("Adam8bit, DYNAMIC", new Adam8bit().quantMap(QuantMap.DYNAMIC), new Adam()));
    add(Candidate.handWritten(n, threads));
    add(Candidate.inPlaceCopy(n, threads));
    if (!adamOnly) {
      add(lowBit("Adam8bit, clipped", new Adam8bit().percentileClipping(5), new Adam()));
      addOthers();
    }
  }

  /** The one that goes on. */
  static Contest present() {
    return present;
  }

  /** Lets JMH's state objects find this one. */
  void begin() {
    present = this;
  }

  Candidate candidate(String name) {
    return candidates.get(name);
  }

  List<Candidate> candidates() {
    return new ArrayList<>(candidates.values());
  }

  /** The gradient that steps turn into an update. */
  INDArray gradient() {
    return gradient;
  }

  /** Makes the gradient what it was before a step. */
  void restoreGradient() {
    gradient.assign(source);
  }

  private void addOthers() {
    addWithUpdater(new AdamW8bit());
    addWithUpdater(new AdEMAMix8bit());
    add(new AMSGrad8bit(), new AMSGrad());
    add(new Nadam8bit(), new Nadam());
    add(new AdaBelief8bit(), null);
    add(new AdaMax8bit(), new AdaMax());
    addWithUpdater(new LAMB8bit());
    add(new Adagrad8bit(), new AdaGrad());
    add(new RMSprop8bit(), new RmsProp());
    add(new Nesterovs8bit(), new Nesterovs());
    add(new AdaDelta8bit(), new AdaDelta());
    add(new SGD8bit(), null);
    addWithUpdater(new LARS8bit());
    add(new Lion8bit(), null);
  }

  /** An optimizer with 8 and with 32 bits and, once, its twin. */
  private void add(LowBitConfig<?> config, IUpdater twin) {
    if (twin != null) {
      add(Candidate.nd4j(twin, n));
    }
    String name = config.getClass().getSimpleName();
    add(lowBit(name, config, twin));
    add(lowBit(name + ", 32 bits", config.clone().optimBits(32), twin));
  }

  /** An optimizer with weight decay or a trust ratio, and its updater by itself. */
  private void addWithUpdater(LowBitConfig<?> config) {
    add(config, null);
  }

  private Candidate lowBit(String name, LowBitConfig<?> config, IUpdater twin) {
    return Candidate.lowBit(name, config, twin, parameters, gradient);
  }

  private void add(Candidate candidate) {
    candidates.put(candidate.name, candidate);
  }

  @Override
  public void close() {
    candidates.values().forEach(Candidate::close);
    source.close();
    gradient.close();
    parameters.close();
    present = null;
  }
}
