package org.lowbit4j;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** The table of optimizers under test: an optimizer that joins it is covered by every property. */
enum Optimizers {
  ADAM(Adam8bit::new, () -> new Adam(1e-3), ReferenceOptimizer.Adam::new),
  AMSGRAD(AMSGrad8bit::new, () -> new AMSGrad(1e-3), ReferenceOptimizer.AmsGrad::new);

  private final Supplier<LowBitConfig<?>> config;
  private final Supplier<IUpdater> twin;
  private final Supplier<ReferenceOptimizer> reference;

  Optimizers(
      Supplier<LowBitConfig<?>> config,
      Supplier<IUpdater> twin,
      Supplier<ReferenceOptimizer> reference) {
    this.config = config;
    this.twin = twin;
    this.reference = reference;
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

  /** Every public updater configuration must be in this table. */
  static Stream<Class<?>> classes() {
    return List.of(values()).stream().map(o -> o.config().getClass());
  }
}
