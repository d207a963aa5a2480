// A codebook and its encoders, one number at a time: org.lowbit4j.codec.
#pragma once

#include "levels.h"
#include "levels4.h"
#include "lines.h"

namespace lowbit4j {

// The largest magnitude; infinite or NaN if one of the numbers is.
LB_HD float largestMagnitude(const float* x, int n) {
  uint32_t largest = 0;
  for (int i = 0; i < n; i++) {
    uint32_t bits = bitsOf(x[i]) & MAGNITUDE_BITS;
    largest = bits > largest ? bits : largest;
  }
  return floatOf(largest);
}

class Codebook {
 public:
  // values: by code, NaN for codes that are never stored. bits: 8, or 4, which are bytes here, too.
  // top: of the power that values are, see Power and Power4; 0: numbers go to the nearest value.
  Codebook(const float* values, int bits, bool storesRoot, int top, bool isSigned)
      : bits_(bits), root_(storesRoot), power_{top, isSigned} {
    memcpy(values_, values, sizeof values_);
    if (power_.top == 0) {
      prepareNearest(false);
      prepareNearest(true);
      prepareLines();
      prepareBytes();
    }
  }

  int bits() const { return bits_; }
  bool storesRoot() const { return root_; }
  // Of 8 bits.
  const Power& power() const { return power_; }
  // Of 4 bits.
  Power4 power4() const { return {power_.top, power_.isSigned}; }
  float units() const { return bits_ == 4 ? power4().units() : power_.units(); }
  const float* values() const { return values_; }

  // For vectors: byte i of each value.
  const uint8_t* bytesOfValues(int i) const { return bytes_[i]; }

  // Whether numbers go to the nearest of values with these lines. Codes are then in the order of
  // levels: unsigned ones from 1 on, without 0x7F; signed ones from 0 on, 0x80 being the highest
  // positive level, and from 0x81 on the negatives, which lack that level.
  bool hasLines(bool isSigned) const { return lined_ == (isSigned ? Lined::SIGNED : Lined::UNSIGNED); }
  const Lines& lines() const { return lines_; }

  // What is stored of moments, from codes: value*scale.
  void decodeStored(const uint8_t* codes, int n, float scale, float* out) const {
    for (int i = 0; i < n; i++) {
      out[i] = values_[codes[i]] * scale;
    }
  }

  // Moments of it: its square if the root is stored.
  void finish(int n, float* x) const {
    for (int i = 0; i < n && root_; i++) {
      x[i] *= x[i];
    }
  }

  // Numbers as they are stored, roots where roots are, their largest magnitude given.
  void encodeScaled(const float* x, int n, float scale, bool slow, uint32_t phase,
                    uint8_t* codes) const {
    if (scale == 0) {
      memset(codes, 0, n);
      return;
    }
    if (power_.top == 0) {
      encodeNearest(x, n, scale, codes);
      return;
    }
    float lift = liftOf(scale);
    float reciprocal = units() / (scale * lift);
    for (int i = 0; i < n; i++, phase += PHASE_PER_ELEMENT) {
      float s = magnitude(x[i]) * lift * reciprocal;
      codes[i] = (uint8_t)(bits_ == 4 ? power4().encode(x[i], s, phase)
                                      : power_.encode(x[i], s, slow, phase));
    }
  }

 private:
  static constexpr int SHIFT = 16;
  static constexpr int BUCKETS = (0x3F800000 >> SHIFT) + 1;

  float values_[256];
  int bits_;
  bool root_;
  Power power_;

  enum class Lined { NO, SIGNED, UNSIGNED };
  Lined lined_ = Lined::NO;
  Lines lines_;
  alignas(64) uint8_t bytes_[4][256];

  // By upper bits of a float in [0, 1]: two codes, and the bits of the midpoint; then for negatives.
  uint64_t buckets_[2 * BUCKETS];

  LB_HD void encodeNearest(const float* x, int n, float scale, uint8_t* codes) const {
    // Divided some at a time, which takes vectors.
    constexpr int SOME = 64;
    float quotients[SOME];
    for (int i = 0; i < n; i += SOME) {
      int m = n - i < SOME ? n - i : SOME;
      for (int j = 0; j < m; j++) {
        quotients[j] = x[i + j] / scale;
      }
      for (int j = 0; j < m; j++) {
        codes[i + j] = nearest(quotients[j]);
      }
    }
  }

  LB_HD uint8_t nearest(float x) const {
    uint32_t bits = bitsOf(x) & MAGNITUDE_BITS;
    // NaN, a quotient of infinite numbers, counts as 1.
    uint32_t upper = bits >> SHIFT < BUCKETS ? bits >> SHIFT : BUCKETS - 1;
    uint64_t bucket = buckets_[upper + (bitsOf(x) >> 31) * BUCKETS];
    bool above = (uint32_t)(bucket >> 32) < bits;
    return (uint8_t)(bucket >> (above ? 8 : 0));
  }

  void prepareNearest(bool negative) {
    uint8_t codes[256];
    int n = codesByMagnitude(negative, codes);
    int k = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      while ((uint32_t)bucket << SHIFT > midpointAbove(codes, n, k)) {
        k++;
      }
      uint32_t upper = codes[k + 1 < n ? k + 1 : n - 1];
      buckets_[bucket + (negative ? BUCKETS : 0)] =
          (uint64_t)midpointAbove(codes, n, k) << 32 | upper << 8 | codes[k];
    }
  }

  void prepareLines() {
    uint8_t codes[256];
    int n = codesByMagnitude(false, codes);
    Lined order = n == 128 && isInOrder(codes, n, true) ? Lined::SIGNED
                  : n == 254 && isInOrder(codes, n, false) ? Lined::UNSIGNED
                                                        : Lined::NO;
    float levels[256];
    for (int k = 0; k < n; k++) {
      levels[k] = values_[codes[k]];
    }
    if (order != Lined::NO && lines_.prepare(levels, n, order == Lined::UNSIGNED)) {
      lined_ = order;
    }
  }

  void prepareBytes() {
    for (int code = 0; code < 256; code++) {
      for (int i = 0; i < 4; i++) {
        bytes_[i][code] = (uint8_t)(bitsOf(values_[code]) >> (8 * i));
      }
    }
  }

  // Whether codes are 0, 1, .. without 0x7F and 0xFF; and, if there are negatives, from 0x81 on the
  // values of those from 1 on.
  bool isInOrder(const uint8_t* codes, int n, bool negatives) const {
    bool good = std::isnan(values_[0x7F]) && std::isnan(values_[0xFF]);
    for (int k = 0; k < n; k++) {
      good &= codes[k] == k + (k >= 0x7F);
    }
    for (int k = 1; k < 0x7F && negatives; k++) {
      good &= values_[0x80 + k] == -values_[k];
    }
    return good;
  }

  uint32_t midpointAbove(const uint8_t* codes, int n, int k) const {
    float next = k + 1 < n ? magnitude(values_[codes[k + 1]]) : floatOf(INFINITY_BITS);
    return bitsOf(0.5f * (magnitude(values_[codes[k]]) + next));
  }

  // The codes of one sign; byte 0 serves both unless the table has a negative zero.
  int codesByMagnitude(bool negative, uint8_t* codes) const {
    int n = 0;
    for (int code = 0; code < 256; code++) {
      uint32_t bits = bitsOf(values_[code]);
      if ((bits & MAGNITUDE_BITS) > INFINITY_BITS || (bits >> 31 != 0) != negative) {
        continue;
      }
      int at = n++;
      for (; at > 0 && magnitude(values_[codes[at - 1]]) > magnitude(values_[code]); at--) {
        codes[at] = codes[at - 1];
      }
      codes[at] = (uint8_t)code;
    }
    if (negative && (n == 0 || values_[codes[0]] != 0)) {
      memmove(codes + 1, codes, n++);
      codes[0] = 0;
    }
    return n;
  }
};

}  // namespace lowbit4j
