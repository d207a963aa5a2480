// The dither of codebooks whose codes keep the mean: org.lowbit4j.codec.DitheredEncoder.
#pragma once

#include "platform.h"

namespace lowbit4j {

// 2^32 over the plastic number and its square; the last keeps an element's moments apart.
constexpr uint32_t PHASE_PER_ELEMENT = 0xC13FA9A9;
constexpr uint32_t PHASE_PER_ITERATION = 0x91E10DA5;
constexpr uint32_t PHASE_PER_MOMENT = 0x9E3779B9;

// Where the dither's sequence stands at a block's first element.
LB_HD uint32_t phaseOf(int64_t firstElement, int iteration, int moment) {
  return (uint32_t)firstElement * PHASE_PER_ELEMENT + (uint32_t)iteration * PHASE_PER_ITERATION +
         (uint32_t)moment * PHASE_PER_MOMENT;
}

LB_HD float fromMiddle(uint32_t phase) {
  return ((float)(int)(phase >> 16) - 32767.5f) * 0x1p-16f;
}

}  // namespace lowbit4j
