/**
 * 8-bit optimizers for Deeplearning4j and ND4J.
 *
 * <p>Every optimizer is a configuration, such as {@link org.lowbit4j.Adam8bit}, which goes wherever
 * DL4J takes an {@link org.nd4j.linalg.learning.config.IUpdater}, and its updater. {@link
 * org.lowbit4j.LowBitConfig} holds what all have in common, {@link org.lowbit4j.LowBitUpdater} is
 * the engine.
 *
 * <p>The packages below: {@code rule} is the arithmetic of the optimizers, {@code codec} the
 * codebooks, {@code memory} the access to ND4J's arrays, {@code state} the stored format, {@code
 * kernel} what runs a step. {@code layers}, on top, has layers for DL4J that go with these
 * optimizers.
 */
package org.lowbit4j;
