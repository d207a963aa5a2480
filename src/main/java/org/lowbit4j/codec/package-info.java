/**
 * Codebooks: up to 256 values in [-1, 1], and the encoders to the nearest of them or, with a
 * dither, to a neighbour.
 */
package org.lowbit4j.codec;
