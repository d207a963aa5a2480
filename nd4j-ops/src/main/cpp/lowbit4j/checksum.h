// The checksum of state: org.lowbit4j.state.StateChecksum.
#pragma once

#include "platform.h"

namespace lowbit4j {

// What the i-th 16-bit word of a block counts: odd, below 2^15, different for all of a block.
LB_HD int weightOf(int i) {
  uint32_t n = (uint32_t)i;
  // n*(2n+1) takes all values modulo a power of two.
  return (int)((n * (2 * n + 1) * 0x9E35 & 0x3FFF) * 2 + 1);
}

struct Checksum {
  // Over a block's words w[i], as signed numbers: weight(i)*w[i] modulo 2^32.
  uint32_t sum = 0;

  LB_HD void addWord(int i, uint32_t word) { sum += (uint32_t)((int16_t)word * weightOf(i)); }

  // The words 2i and 2i+1.
  LB_HD void add(int i, uint32_t words) {
    sum += (uint32_t)((int16_t)words * weightOf(2 * i));
    sum += (uint32_t)((int16_t)(words >> 16) * weightOf(2 * i + 1));
  }

  // Codes, two to a word, zeros behind the last; 4*first of the block lie before them.
  LB_HD void addCodes(const uint8_t* codes, int n, int first = 0) {
    int i = 0;
    for (; i + 4 <= n; i += 4) {
      add(first + i / 4, read<uint32_t>(codes + i));
    }
    uint32_t last = 0;
    memcpy(&last, codes + i, n - i);
    add(first + i / 4, last);
  }

  LB_HD void addValues(const float* values, int n) {
    for (int i = 0; i < n; i++) {
      add(i, bitsOf(values[i]));
    }
  }

  // What the block adds to the state's checksum; the scale is 0 for 32-bit state.
  LB_HD uint64_t finish(int moment, int64_t block, float scale) const {
    uint64_t position = mix(((uint64_t)moment << 48 | (uint64_t)block) + 1);
    return mix(position ^ ((uint64_t)bitsOf(scale) << 32 | sum));
  }

 private:
  LB_HD static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
};

}  // namespace lowbit4j
