// The dither of codebooks whose codes keep the mean: org.lowbit4j.codec.PowerEncoder.
#pragma once

#include "platform.h"

namespace lowbit4j {

// 2^32 over the plastic number and its square.
constexpr uint32_t PHASE_PER_ELEMENT = 0xC13FA9A9;
constexpr uint32_t PHASE_PER_ITERATION = 0x91E10DA5;

// A little less than 2^-32, so that numbers next to a level keep it, whatever the rounding.
constexpr float PHASE_UNIT = 0x1p-32f - 0x1p-45f;

// Where the dither's sequence stands at a block's first element.
LB_HD uint32_t phaseOf(int64_t firstElement, int iteration) {
  return (uint32_t)firstElement * PHASE_PER_ELEMENT + (uint32_t)iteration * PHASE_PER_ITERATION;
}

// u - 0.5.
LB_HD float fromMiddle(uint32_t phase) { return (float)(int)phase * PHASE_UNIT; }

// j of the level j^2 of s units, dithered by f. An estimate of the root gives j or the level below, the threshold
// between the two decides.
LB_HD int squareLevel(float s, float f) {
  int c = (int)(root(s) - f);
  float h = (float)c + 0.5f;
  return c + (s > fma(fma(f, 2, h), h, 0.25f));
}

}  // namespace lowbit4j
