// The levels of POWER codebooks, one number at a time: org.lowbit4j.codec.PowerEncoder.
#pragma once

#include "dither.h"

namespace lowbit4j {

// Signed values are 0 and (j/top)^3, unsigned ones (j/top)^2, j in 3..top: j^3 or j^2 units.
struct Power {
  int32_t top;
  int32_t isSigned;

  // How many units the largest value, 1, has.
  LB_HD float units() const { return (float)(isSigned ? top * top * top : top * top); }

  // The code of a number x, whose magnitude is s units.
  LB_HD uint32_t encode(float x, float s, bool slow, uint32_t phase) const {
    float f = fromMiddle(phase);
    if (isSigned) {
      bool dithers = slow || s < DITHERED;
      uint32_t k = (uint32_t)cubeLevel(s, dithers ? f : 0) - 2;
      return k | bitsOf(x) >> 31 << 7;
    }
    return unsignedCode((uint8_t)(squareLevel(larger(s, 9.0f), f) - 2));
  }

  // The byte of an unsigned level from 1 on; 0x7F and 0xFF are never stored.
  LB_HD uint8_t unsignedCode(uint8_t k) const {
    // No branch, as one would be mispredicted half of the time.
    uint8_t half = (uint8_t)((top - 2) / 2);
    uint8_t upper = k > half ? 0xFF : 0;
    return (uint8_t)(k - 1 + (upper & (128 - half)));
  }

  // Below the level of 34 signed numbers always dither.
  static constexpr float DITHERED = 34.0f * 34 * 34;

  // j, from 3 on; 2 for zero.
  LB_HD static int cubeLevel(float s, float f) {
    // A third of the exponent, and one step of Newton: off by less than a third of a level.
    float x = larger(s, 8.0f);
    float y = floatOf(bitsOf(x) / 3 + 0x2A512CE3);
    y = y + (x - y * y * y) / (3 * (y * y));
    int c = (int)(y - f);
    c = c < 2 ? 2 : c;
    // Between 0 and 27 another line.
    float h = c == 2 ? 1 : (float)c + 0.5f;
    float linear = c == 2 ? 12.5f : 0.75f;
    float width = c == 2 ? 24 : 0.25f;
    return c + (s > fma(fma(fma(f, 3, h), h, linear), h, f * width));
  }
};

// Numbers and scale times this give quotients that neither overflow nor lose bits.
LB_HD float liftOf(float scale) { return scale < 0x1p-100f ? 0x1p64f : 1.0f; }

}  // namespace lowbit4j
