// A codebook and its encoders, one number at a time: org.lowbit4j.codec.
#pragma once

#include "dither.h"

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
  // Tables whose values and codes the vector kernels compute by arithmetic.
  enum Form { TABLE, SIGNED_POWER, UNSIGNED_POWER };

  // values: by byte, NaN for bytes that are never stored. ditheredLevels: how many of the lowest
  // magnitudes always dither; 0: all go to the nearest value.
  Codebook(const float* values, bool storesRoot, int ditheredLevels)
      : root_(storesRoot), dithers_(ditheredLevels > 0) {
    memcpy(values_, values, sizeof values_);
    form_ = formOf(ditheredLevels);
    if (dithers_) {
      prepareDither(ditheredLevels);
    } else {
      prepareNearest(false);
      prepareNearest(true);
    }
  }

  bool storesRoot() const { return root_; }
  Form form() const { return form_; }

  // Moments from codes: value*scale, or its square.
  void decode(const uint8_t* codes, int n, float scale, float* out) const {
    for (int i = 0; i < n; i++) {
      float x = values_[codes[i]] * scale;
      out[i] = root_ ? x * x : x;
    }
  }

  // Returns the scale; moments are overwritten.
  float encode(float* moments, int n, bool slow, uint32_t phase, uint8_t* codes) const {
    if (root_) {
      for (int i = 0; i < n; i++) {
        moments[i] = root(moments[i]);
      }
    }
    float scale = largestMagnitude(moments, n);
    encodeScaled(moments, n, scale, slow, phase, codes);
    return scale;
  }

  // Numbers as they are stored, roots where roots are, their largest magnitude given.
  void encodeScaled(const float* x, int n, float scale, bool slow, uint32_t phase,
                    uint8_t* codes) const {
    if (scale == 0) {
      memset(codes, 0, n);
      return;
    }
    const float* widths = slow ? widths_ : widthsOfSmall_;
    for (int i = 0; i < n; i++, phase += PHASE_PER_ELEMENT) {
      codes[i] = dithers_ ? dithered(x[i] / scale, widths, phase) : nearest(x[i] / scale);
    }
  }

 private:
  static constexpr int SHIFT = 16;
  static constexpr int BUCKETS = (0x3F800000 >> SHIFT) + 1;

  float values_[256];
  bool root_;
  bool dithers_;
  Form form_;

  // With a dither: by magnitude, the midpoint to the next level, the distance to it, the code.
  float midpoints_[256];
  float widths_[256];
  float widthsOfSmall_[256];
  uint8_t codes_[256];

  // By upper bits of a float in [0, 1]. Dither: the level at or below the bucket's lowest float,
  // and the bits of the next. Nearest: two codes, and the bits of the midpoint; then for negatives.
  uint64_t buckets_[2 * BUCKETS];

  uint8_t dithered(float x, const float* widths, uint32_t phase) const {
    uint32_t bits = bitsOf(x) & MAGNITUDE_BITS;
    uint64_t bucket = buckets_[bits >> SHIFT];
    int k = (int)(uint32_t)bucket + (bits >= (uint32_t)(bucket >> 32));
    float threshold = midpoints_[k] + fromMiddle(phase) * widths[k];
    return (uint8_t)(codes_[k + (bitsOf(threshold) < bits)] | bitsOf(x) >> 31 << 7);
  }

  uint8_t nearest(float x) const {
    uint32_t bits = bitsOf(x) & MAGNITUDE_BITS;
    uint64_t bucket = buckets_[(bits >> SHIFT) + (bitsOf(x) >> 31) * BUCKETS];
    bool above = (uint32_t)(bucket >> 32) < bits;
    return (uint8_t)(bucket >> (above ? 8 : 0));
  }

  void prepareDither(int ditheredLevels) {
    int n = codesByMagnitude(false, codes_);
    for (int k = 0; k < n; k++) {
      bool last = k + 1 == n;
      float level = values_[codes_[k]];
      float next = last ? 0 : values_[codes_[k + 1]];
      midpoints_[k] = last ? floatOf(INFINITY_BITS) : 0.5f * (level + next);
      widths_[k] = last ? 0 : next - level;
      widthsOfSmall_[k] = k < ditheredLevels ? widths_[k] : 0;
    }
    int k = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      while (k + 1 < n && bitsOf(values_[codes_[k + 1]]) <= (uint32_t)bucket << SHIFT) {
        k++;
      }
      uint64_t next = k + 1 < n ? bitsOf(values_[codes_[k + 1]]) : MAGNITUDE_BITS;
      buckets_[bucket] = next << 32 | (uint32_t)k;
    }
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

  // Which arithmetic gives this very table and dither, if any.
  Form formOf(int ditheredLevels) const {
    bool isSigned = !root_ && ditheredLevels == 32;
    bool isUnsigned = ditheredLevels == 254;
    for (int code = 0; code < 256; code++) {
      int k = code & 0x7F;
      if (k == 0x7F) {
        continue;
      }
      float cube = k == 0 ? 0 : (k + 2) * (k + 2) * (k + 2) * 0x1p-21f;
      int j = code < 0x80 ? code + 3 : code + 2;
      isSigned &= bitsOf(values_[code]) == bitsOf(code < 0x80 ? cube : -cube);
      isUnsigned &= bitsOf(values_[code]) == bitsOf(j * j * 0x1p-16f);
    }
    return isSigned ? SIGNED_POWER : isUnsigned ? UNSIGNED_POWER : TABLE;
  }
};

}  // namespace lowbit4j
