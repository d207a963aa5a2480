// The levels of POWER codebooks in 4 bits, one number at a time, and codes two a byte:
// org.lowbit4j.codec.SquareEncoder, org.lowbit4j.state.Nibbles.
#pragma once

#include "dither.h"

namespace lowbit4j {

// Signed values are 0 and (j/top)^2, unsigned ones (j/top)^2, j in 2..top: j^2 units.
struct Power4 {
  int32_t top;
  int32_t isSigned;

  // How many units the largest value, 1, has.
  LB_HD float units() const { return (float)(top * top); }

  // The code of a number x, whose magnitude is s units.
  LB_HD uint32_t encode(float x, float s, uint32_t phase) const {
    float f = fromMiddle(phase);
    return isSigned ? signedCode((uint8_t)signedLevel(s, f), bitsOf(x) >> 31 != 0)
                    : unsignedCode((uint8_t)(squareLevel(larger(s, 4.0f), f) - 2));
  }

  // Of level k, 0 for zero, which has no sign.
  LB_HD uint8_t signedCode(uint8_t k, bool negative) const {
    uint8_t negativesFrom = isNarrow() ? 8 : 7;
    return (uint8_t)(k + ((negative & (k > 0)) ? negativesFrom : 0));
  }

  // Of level k, from 0 on.
  LB_HD uint8_t unsignedCode(uint8_t k) const { return (uint8_t)(k + (isNarrow() & (k >= 7))); }

  // j - 1, 0 for zero. As Power does it; between 0 and 4 another line.
  LB_HD static int signedLevel(float s, float f) {
    int c = (int)(root(s) - f);
    c = c < 1 ? 1 : c;
    float t = c == 1 ? 2 : (float)c + 0.5f;
    float b = c == 1 ? -2 : 0.25f;
    return c - 1 + (s > fma(fma(f, 2, t), t, b));
  }

 private:
  // For HALF arrays: codes whose lower three bits are ones are left out, and one level with them.
  LB_HD bool isNarrow() const { return (top & 1) != 0; }
};

// Bytes that codes take.
LB_HD constexpr int nibbleBytes(int codes) { return (codes + 1) / 2; }

// Codes one a byte, of codes two a byte.
LB_HD void unpackNibbles(const uint8_t* pairs, int n, uint8_t* codes) {
  for (int i = 0; i < n / 2; i++) {
    codes[2 * i] = pairs[i] & 0xF;
    codes[2 * i + 1] = pairs[i] >> 4;
  }
  if (n % 2 != 0) {
    codes[n - 1] = pairs[n / 2] & 0xF;
  }
}

// The other way round.
LB_HD void packNibbles(const uint8_t* codes, int n, uint8_t* pairs) {
  for (int i = 0; i < n / 2; i++) {
    pairs[i] = (uint8_t)(codes[2 * i] | codes[2 * i + 1] << 4);
  }
  if (n % 2 != 0) {
    pairs[n / 2] = codes[n - 1];
  }
}

}  // namespace lowbit4j
