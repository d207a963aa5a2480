// The checksum of state: org.lowbit4j.state.StateChecksum.
#pragma once

#include "platform.h"

namespace lowbit4j {

struct Checksum {
  // The sums over a block's 32-bit words w[i]: a of w[i], b of (2i+1)*w[i].
  uint64_t a = 0;
  uint64_t b = 0;

  LB_HD void add(int i, uint32_t word) {
    a += word;
    b += (2 * (uint64_t)i + 1) * word;
  }

  // Codes, four to a word, zeros behind the last.
  LB_HD void addCodes(const uint8_t* codes, int n) {
    int i = 0;
    for (; i + 4 <= n; i += 4) {
      add(i / 4, read<uint32_t>(codes + i));
    }
    uint32_t last = 0;
    memcpy(&last, codes + i, n - i);
    add(i / 4, last);
  }

  LB_HD void addValues(const float* values, int n) {
    for (int i = 0; i < n; i++) {
      add(i, bitsOf(values[i]));
    }
  }

  // What the block adds to the state's checksum; the scale is 0 for 32-bit state.
  LB_HD uint64_t finish(int moment, int64_t block, float scale) const {
    uint64_t position = mix(((uint64_t)moment << 48 | (uint64_t)block) + 1);
    return mix(b ^ mix(a ^ mix(position ^ bitsOf(scale))));
  }

 private:
  LB_HD static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
};

}  // namespace lowbit4j
