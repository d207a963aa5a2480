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
 *   <li>Bytes are in the byte order of the machine's words; on disk DL4J writes words, so that
 *       files are portable between little-endian machines.
 * </ul>
 */
package org.lowbit4j.state;
