/**
 * 8-bit optimizers for Deeplearning4j and ND4J: what a user names.
 *
 * <p>Every optimizer is a configuration, such as {@link org.lowbit4j.Adam8bit}, which goes wherever
 * DL4J takes an {@link org.nd4j.linalg.learning.config.IUpdater}, and its updater. {@link
 * org.lowbit4j.OptimManager} decides layer by layer, {@link org.lowbit4j.LearningRates} changes
 * rates in mid-training, {@link org.lowbit4j.PagedState} keeps state elsewhere, {@link
 * org.lowbit4j.QuantizedArray} is any array in 8 bits.
 *
 * <p>The packages below: {@code updater} is what all optimizers share and the engine, {@code plan}
 * what OptimManager works out, {@code regularization} what needs the parameters, {@code rule} the
 * arithmetic, {@code codec} the codebooks, {@code state} the stored format, {@code kernel} and
 * {@code cuda} what runs a step, {@code memory} and {@code paging} the access to arrays, {@code
 * dl4j} the way into DL4J's configurations, {@code check} the checks of arguments. {@code layers}
 * has layers for DL4J that go with these optimizers.
 */
package org.lowbit4j;
