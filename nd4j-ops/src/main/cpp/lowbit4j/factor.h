// What brings a block whose numbers leave the range of good float32 squares back into it.
#pragma once

#include "platform.h"

namespace lowbit4j {

// Blocks whose magnitude is outside [SMALL, LARGE) are rescaled.
constexpr float SMALL = 0x1p-40f;
constexpr float LARGE = 0x1p60f;

LB_HD bool needsNoFactor(float magnitude) {
  return magnitude == 0 || (magnitude >= SMALL && magnitude < LARGE);
}

// A power of two, 1 within the range.
LB_HD float factorOf(float magnitude) {
  if (needsNoFactor(magnitude)) {
    return 1;
  }
  int exponent = (int)(bitsOf(magnitude) >> 23) - 127;
  exponent = exponent < -126 ? -126 : exponent;
  int power = magnitude < SMALL ? -exponent : 59 - exponent;
  return floatOf((uint32_t)(power + 127) << 23);
}

// The same, or a smaller one that brings a bound of relative moments, which may be infinite, below the range's end.
LB_HD float factorOf(float magnitude, float bound) {
  float factor = factorOf(magnitude);
  if (!(bound * factor >= LARGE)) {
    return factor;
  }
  int exponent = (int)(bitsOf(smaller(bound, LARGEST_FLOAT)) >> 23) - 127;
  return floatOf((uint32_t)(59 - exponent + 127) << 23);
}

// The scale of a relative moment, such that no moment leaves the range: it is stored divided by one of the other scale.
LB_HD float boundedScale(float scale, float divisorScale, float factor) {
  return factor == 1 ? scale : smaller(scale, LARGE / (divisorScale * factor));
}

// By a factor, degree times, saturating.
LB_HD float multiply(float x, float factor, int degree) {
  float y = degree == 0 ? x : degree == 1 ? x * factor : x * factor * factor;
  return larger(-LARGEST_FLOAT, smaller(LARGEST_FLOAT, y));
}

}  // namespace lowbit4j
