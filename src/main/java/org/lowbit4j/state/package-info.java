/**
 * The stored format of optimizer state, version 1.
 *
 * <p>The state of an updater block is one array of the network's data type: a header ({@link
 * org.lowbit4j.state.StateHeader}), then scales and codes ({@link org.lowbit4j.state.StateLayout}),
 * protected by a checksum ({@link org.lowbit4j.state.StateChecksum}).
 *
 * <ul>
 *   <li>All-zero bytes are fresh state.
 *   <li>No word of the array is ever a NaN or an infinity of its type: {@code Nd4j.write}, {@code
 *       ModelSerializer} and Java serialization rewrite NaN words and nothing else, so that state
 *       comes back bit for bit.
 *   <li>The array is self-contained: nothing about the state lives in Java fields, because DL4J
 *       restores and clones it by assignment, without telling the updater.
 *   <li>The state knows its age, the number of steps done with it: dither, and what depends on how
 *       moments began, follow that, and not DL4J's iteration count, which clones and restored
 *       networks may begin anew.
 *   <li>Damage is found where it is restored, by the checksum. Behind a header that did not change
 *       since the last step, it is found where it would ruin parameters: scales and gradient norms
 *       that are not finite or negative, codes that have no value, 32-bit values that are not
 *       finite, or negative where none can be. Another valid code, another finite scale or value
 *       there is not noticed; the next step's checksum is that of what it makes of them.
 *   <li>Bytes are in the byte order of the machine's words; on disk DL4J writes words, so that
 *       files are portable between little-endian machines.
 * </ul>
 */
package org.lowbit4j.state;
