package org.lowbit4j.state;

import java.nio.ByteBuffer;

/** Codes of 4 bits as they are stored: two a byte, the first of a pair in the lower half. */
final class Nibbles {

  private Nibbles() {}

  /** Bytes that so many codes take. */
  static long bytes(long codes) {
    return (codes + 1) / 2;
  }

  /**
   * Reads codes. Behind the last of an odd number is a zero; what else is there shows as bits of
   * that code, which make it none.
   *
   * @param from positioned at the first pair
   * @param codes receives one a byte
   * @param n how many, from index 0
   */
  static void unpack(ByteBuffer from, byte[] codes, int n) {
    // To the upper half of the array, and from there on: what is written was read.
    int at = codes.length - (int) bytes(n);
    from.get(codes, at, codes.length - at);
    for (int i = 0; i < n; i += 2) {
      byte pair = codes[at++];
      if (i + 1 < n) {
        codes[i] = (byte) (pair & 0xF);
        codes[i + 1] = (byte) (pair >> 4 & 0xF);
      } else {
        codes[i] = pair;
      }
    }
  }

  /**
   * Writes codes.
   *
   * @param codes one a byte
   * @param n how many, from index 0
   * @param to positioned at the first pair
   */
  static void pack(byte[] codes, int n, ByteBuffer to) {
    for (int i = 0; i < n; i += 2) {
      to.put((byte) (codes[i] | (i + 1 < n ? codes[i + 1] << 4 : 0)));
    }
  }
}
