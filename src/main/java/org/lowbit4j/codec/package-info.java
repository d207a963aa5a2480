/** Codebooks: 256 values in [-1, 1] and the encoder to the nearest of them. */
package org.lowbit4j.codec;
