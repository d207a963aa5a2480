// A codebook as kernels read it, made by org.lowbit4j.cuda.DeviceTable. It stays in the cache that
// is for read-only data.
#pragma once

#include "../levels.h"
#include "../levels4.h"
#include "device.h"

namespace lowbit4j {

// A level and the step to the next one of the same sign.
struct alignas(8) TableLevel {
  float middle;
  // Lower byte: its code; upper: that of the next level.
  uint32_t codes;
};

// Levels are counted by magnitude, those of negative numbers behind the others.
struct alignas(16) Table {
  static constexpr int SHIFT = 16;
  static constexpr int LAST_BUCKET = 0x3F80;
  static constexpr int BUCKETS = 4096;

  float values[256];
  TableLevel levels[256];
  // The bits of the next level's magnitude.
  uint32_t next[256];
  // By sign, the lowest bucket that is told apart.
  int32_t lowestBucket[2];
  // How numbers are encoded; to the nearest level if its top is 0.
  Power power;
  // By sign and upper bits of a magnitude, the level at or below the lowest such number.
  uint8_t floors[2][BUCKETS];

  LB_DEVICE float decode(uint32_t code) const { return __ldg(values + code); }

  // The codes of a group of numbers, the first in the lowest byte; 0 behind the last.
  template <int BITS>
  LB_DEVICE uint32_t encode(const float* x, int count, float scale, bool slow,
                            uint32_t phase) const {
    if (scale == 0) {
      return 0;
    }
    const Power dithered{__ldg(&power.top), __ldg(&power.isSigned)};
    const Power4 dithered4{dithered.top, dithered.isSigned};
    float lift = liftOf(scale);
    float reciprocal = (BITS == 4 ? dithered4.units() : dithered.units()) / (scale * lift);
    uint32_t codes = 0;
#pragma unroll
    for (int j = 0; j < GROUP; j++, phase += PHASE_PER_ELEMENT) {
      float s = magnitude(x[j]) * lift * reciprocal;
      uint32_t code = BITS == 4            ? dithered4.encode(x[j], s, phase)
                      : dithered.top == 0 ? nearest(x[j] / scale)
                                          : dithered.encode(x[j], s, slow, phase);
      codes |= j < count ? code << 8 * j : 0;
    }
    return codes;
  }

 private:
  // x: in [-1, 1]. Whatever it is, nothing outside the table is read.
  LB_DEVICE uint32_t nearest(float x) const {
    uint32_t bits = bitsOf(x) & MAGNITUDE_BITS;
    int sign = (int)(bitsOf(x) >> 31);
    int bucket = (int)(bits >> SHIFT);
    int lowest = __ldg(lowestBucket + sign);
    bucket = (bucket < lowest ? lowest : bucket > LAST_BUCKET ? LAST_BUCKET : bucket) - lowest;
    int k = __ldg(&floors[sign][bucket]);
    k += bits >= __ldg(next + k);
    float2 level = __ldg((const float2*)(levels + k));
    bool above = bitsOf(level.x) < bits;
    return bitsOf(level.y) >> (above ? 8 : 0) & 0xFF;
  }
};
static_assert(sizeof(Table) == 1024 + 2048 + 1024 + 16 + 2 * Table::BUCKETS, "DeviceTable.java");

}  // namespace lowbit4j
