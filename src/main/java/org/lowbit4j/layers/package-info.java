/**
 * Layers for Deeplearning4j that train well with 8-bit optimizers.
 *
 * <p>{@link org.lowbit4j.layers.StableEmbeddingLayer} looks up one vector per example, {@link
 * org.lowbit4j.layers.StableEmbeddingSequenceLayer} one per step of a sequence; {@link
 * org.lowbit4j.layers.StableEmbedding} says what they have in common. This package needs {@code
 * deeplearning4j-nn}, the rest of the library does not.
 */
package org.lowbit4j.layers;
