package org.lowbit4j;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lowbit4j.updater.AdamConfig;
import org.lowbit4j.updater.Internals;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;

/** The table of optimizers under test: an optimizer that joins it is covered by every property. */
enum Optimizers {
  ADAM(Adam8bit::new, () -> new Adam(1e-3), ReferenceOptimizer.Adam::new, 3e-3, 0.027, 0.03),
  AMSGRAD(
      AMSGrad8bit::new,
      () -> new AMSGrad(1e-3),
      ReferenceOptimizer.AmsGrad::new,
      3e-3,
      0.027,
      0.03) {
    @Override
    double leastNorm() {
      return 0.85;
    }
  },
  // The first update is (1-beta1^2)/(1-beta1)/sqrt(1-beta2) = 60 rates.
  NADAM(Nadam8bit::new, Nadam::new, ReferenceOptimizer.Nadam::new, 60e-3, 0.0125, 0.015),
  ADABELIEF(
      AdaBelief8bit::new,
      Nd4jAdaBelief::new,
      ReferenceOptimizer.AdaBelief::new,
      3e-3,
      0.026,
      0.029) {
    @Override
    LowBitConfig<?> withoutEpsilon() {
      return new AdaBelief8bit().epsilon(1e-37);
    }

    @Override
    double smallestUnit() {
      return 1e-15;
    }
  },
  ADAMAX(AdaMax8bit::new, AdaMax::new, ReferenceOptimizer.AdaMax::new, 1e-3, 0.02, 0.026) {
    /** Its u is the product of up to 200 factors beta2, each rounded. */
    @Override
    double rounding() {
      return 3e-6;
    }

    @Override
    LowBitConfig<?> withoutEpsilon() {
      return config();
    }
  },
  ADAGRAD(Adagrad8bit::new, AdaGrad::new, ReferenceOptimizer.Adagrad::new, 0.1, 0.01, 0.008) {
    @Override
    boolean powerIsBetterForEqualScales() {
      return false;
    }

    @Override
    double networkRate() {
      return 1e-2;
    }

    @Override
    LowBitConfig<?> withoutEpsilon() {
      return new Adagrad8bit().epsilon(1e-30);
    }

    @Override
    double smallestUnit() {
      return 1e6;
    }
  },
  // A gradient over its own share of the second moment: 1/sqrt(1-0.95) = 4.5 rates.
  RMSPROP(RMSprop8bit::new, RmsProp::new, ReferenceOptimizer.RmsProp::new, 0.45, 0.008, 0.0067) {
    @Override
    boolean powerIsBetterForEqualScales() {
      return false;
    }

    @Override
    double smallestUnit() {
      return 1e-15;
    }
  },
  NESTEROVS(
      Nesterovs8bit::new, Nesterovs::new, ReferenceOptimizer.Nesterovs::new, 0.3, 0.02, 0.026) {
    @Override
    double networkRate() {
      return 1e-2;
    }
  },
  ADADELTA(AdaDelta8bit::new, AdaDelta::new, ReferenceOptimizer.AdaDelta::new, 0.02, 0.029, 0.04) {
    /** Elements near the smallest code of their block get smaller updates. */
    @Override
    double leastNorm() {
      return 0.75;
    }

    @Override
    double smallestUnit() {
      return 1e6;
    }
  },
  ADAMW(installed(AdamW8bit::new), ReferenceOptimizer.AdamW::new, 3e-3, 0.027, 0.03),
  LAMB(installed(LAMB8bit::new), ReferenceOptimizer.Lamb::new, 3e-3, 0.027, 0.03) {
    @Override
    double networkRate() {
      return 3e-3;
    }
  },
  ADEMAMIX(installed(AdEMAMix8bit::new), ReferenceOptimizer.AdEMAMix::new, 3e-3, 0.0263, 0.0285),
  LION(Lion8bit::new, ReferenceOptimizer.Lion::new, 1e-4, 0.072, 0.083),
  SGD(SGD8bit::new, () -> new ReferenceOptimizer.Sgd(1e-3, 0, false), 3e-3, 0.0223, 0.028) {
    @Override
    double networkRate() {
      return 1e-2;
    }
  },
  SGD_NESTEROV(
      () -> new SGD8bit().nesterov(true),
      () -> new ReferenceOptimizer.Sgd(1e-3, 0, true),
      3e-3,
      0.02,
      0.026) {
    @Override
    double networkRate() {
      return 1e-2;
    }
  },
  LARS(
      installed(LARS8bit::new),
      () -> new ReferenceOptimizer.Sgd(0.1, 0, false),
      0.3,
      0.0223,
      0.028) {
    @Override
    double networkRate() {
      return 1;
    }
  },
  RMSPROP_MOMENTUM(
      () -> new RMSprop8bit().momentum(0.9),
      () -> new ReferenceOptimizer.RmsPropVariant(0.9, false),
      1.5,
      0.024,
      0.028) {
    @Override
    double smallestUnit() {
      return 1e-15;
    }
  },
  RMSPROP_CENTERED(
      () -> new RMSprop8bit().centered(true),
      () -> new ReferenceOptimizer.RmsPropVariant(0, true),
      0.5,
      0.0094,
      0.0073) {
    @Override
    boolean powerIsBetterForEqualScales() {
      return false;
    }

    @Override
    double smallestUnit() {
      return 1e-15;
    }
  },
  RMSPROP_CENTERED_MOMENTUM(
      () -> new RMSprop8bit().centered(true).momentum(0.9),
      () -> new ReferenceOptimizer.RmsPropVariant(0.9, true),
      1.5,
      0.024,
      0.0283) {
    @Override
    double smallestUnit() {
      return 1e-15;
    }
  };

  private final Supplier<LowBitConfig<?>> config;
  private final Supplier<IUpdater> twin;
  private final Supplier<ReferenceOptimizer> reference;
  private final double largestUpdate;
  private final double powerError;
  private final double dynamicError;

  Optimizers(
      Supplier<LowBitConfig<?>> config,
      Supplier<IUpdater> twin,
      Supplier<ReferenceOptimizer> reference,
      double largestUpdate,
      double powerError,
      double dynamicError) {
    this.config = config;
    this.twin = twin;
    this.reference = reference;
    this.largestUpdate = largestUpdate;
    this.powerError = powerError;
    this.dynamicError = dynamicError;
  }

  /** For optimizers that ND4J does not have. */
  Optimizers(
      Supplier<LowBitConfig<?>> config,
      Supplier<ReferenceOptimizer> reference,
      double largestUpdate,
      double powerError,
      double dynamicError) {
    this(config, null, reference, largestUpdate, powerError, dynamicError);
  }

  /** As if what the optimizer needs the parameters for had been installed. */
  private static Supplier<LowBitConfig<?>> installed(Supplier<LowBitConfig<?>> config) {
    return () -> Internals.scoped(config.get(), "test");
  }

  /** Those that ND4J has, too. */
  static Stream<Optimizers> withTwin() {
    return Stream.of(values()).filter(o -> o.twin != null);
  }

  /** With its defaults. */
  LowBitConfig<?> config() {
    return config.get();
  }

  /** ND4J's own updater with the same hyper-parameters. */
  IUpdater twin() {
    return twin.get();
  }

  /** The formula in float64, with the same hyper-parameters. */
  ReferenceOptimizer reference() {
    return reference.get();
  }

  /** With its defaults, but a learning rate at which the small network trains. */
  LowBitConfig<?> networkConfig() {
    return atNetworkRate(config());
  }

  /** ND4J's own updater likewise. */
  IUpdater networkTwin() {
    return atNetworkRate(twin());
  }

  private <U extends IUpdater> U atNetworkRate(U updater) {
    if (updater.hasLearningRate()) {
      updater.setLrAndSchedule(networkRate(), null);
    }
    return updater;
  }

  double networkRate() {
    return 1e-3;
  }

  /** The largest updates that gradients up to a magnitude give in practice, with the defaults. */
  double largestUpdate(double gradient) {
    return largestUpdate * Math.pow(gradient, updateDegree());
  }

  /**
   * Bound of the error of the sum of 200 updates, 8-bit state in POWER codes; 1.25 times measured.
   */
  double powerError() {
    return powerError;
  }

  /** The same for DYNAMIC codes. */
  double dynamicError() {
    return dynamicError;
  }

  /**
   * Without a first moment only the error of the second counts, for which DYNAMIC is the finer one
   * while all parameters of a block have the same scale.
   */
  boolean powerIsBetterForEqualScales() {
    return true;
  }

  /** The least size of updates relative to 32 bits in the long run, scales mixed within a block. */
  double leastNorm() {
    return 0.96;
  }

  /** Relative error of a 32-bit update that the rounding of float32 may cause. */
  double rounding() {
    return 1e-6;
  }

  /** With an epsilon too small to matter. */
  LowBitConfig<?> withoutEpsilon() {
    LowBitConfig<?> c = config();
    return c instanceof AdamConfig
        ? ((AdamConfig<?>) c).epsilon(1e-30)
        : c instanceof RMSprop8bit ? ((RMSprop8bit) c).epsilon(1e-37) : c;
  }

  /**
   * The smallest gradients of which {@link #withoutEpsilon} is true: an epsilon added to squares.
   */
  double smallestUnit() {
    return 0;
  }

  /** The power of the gradient's unit that updates have. */
  int updateDegree() {
    return Internals.rule(config()).updateDegree();
  }

  /** Every public updater configuration must be in this table. */
  static Stream<Class<?>> classes() {
    return Stream.of(values()).<Class<?>>map(o -> o.config().getClass()).distinct();
  }
}
