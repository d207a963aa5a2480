// 4 floats in NEON (AArch64), and what codecs and norms need of the instruction set. Included once, inside the
// variant's namespace.

struct Vector {
  using Register = float32x4_t;
  using Phase = uint32x4_t;
  using Mask = uint32x4_t;
  using Bytes = uint8x16_t;
  using Halves = uint8x8_t;

#include "vector_base.h"

  LB_INLINE explicit Vector(float value) : x(vdupq_n_f32(value)) {}
  LB_INLINE static Vector load(const float* at) { return vld1q_f32(at); }
  LB_INLINE Bytes bits() const { return vreinterpretq_u8_f32(x); }
  LB_INLINE void store(float* at) const { vst1q_f32(at, x); }

  // Not by vmaxq and vminq, which order zeros and prefer NaN.
  LB_INLINE friend Vector larger(Vector a, Vector b) { return choose(vcgtq_f32(a.x, b.x), a, b); }
  LB_INLINE friend Vector smaller(Vector a, Vector b) { return choose(less(a, b), a, b); }
  LB_INLINE friend Vector magnitude(Vector a) { return vabsq_f32(a.x); }
  LB_INLINE friend Vector root(Vector a) { return vsqrtq_f32(a.x); }
  LB_INLINE friend Vector bySign(Vector a, Vector size) {
    uint32x4_t some = vcagtq_f32(a.x, vdupq_n_f32(0));
    uint32x4_t sign = vandq_u32(word(a), vdupq_n_u32(0x80000000));
    return ofWord(vandq_u32(some, veorq_u32(word(size), sign)));
  }

  LB_INLINE friend Vector fma(Vector a, Vector b, Vector c) { return vfmaq_f32(c.x, a.x, b.x); }

  LB_INLINE static Vector quotient(Vector a, Vector b) { return where(vcgtzq_f32(b.x), a / b); }

  LB_INLINE static Mask less(Vector a, Vector b) { return vcltq_f32(a.x, b.x); }
  LB_INLINE static Vector choose(Mask mask, Vector a, Vector b) {
    return vbslq_f32(mask, a.x, b.x);
  }

  LB_INLINE static Vector minusIf(Mask mask, Vector a, Vector b) { return a - where(mask, b); }
  LB_INLINE static Vector timesIf(Mask mask, Vector a, Vector b) { return where(mask, a) * b; }
  LB_INLINE static Vector fmaIf(Mask mask, Vector a, Vector b, Vector c) {
    return fma(where(mask, a), b, c);
  }

  LB_INLINE static Vector largerPositive(Vector a, Vector b) { return largerBits(a, b); }
  LB_INLINE static Vector smallerPositive(Vector a, Vector b) {
    return ofWord(vminq_u32(word(a), word(b)));
  }
  LB_INLINE float smallestPositive() const { return floatOf(vminvq_u32(word(x))); }
  LB_INLINE float largestPositive() const { return floatOf(largestBits()); }

  LB_INLINE static Vector largerBits(Vector a, Vector b) {
    return ofWord(vmaxq_u32(word(a), word(b)));
  }
  LB_INLINE uint32_t largestBits() const { return vmaxvq_u32(word(x)); }

  // Twice a reserved code is the largest byte that can be.
  LB_INLINE static bool hasReserved(const uint8_t* codes, int n) {
    uint8x16_t largest = vdupq_n_u8(0);
    for (int i = 0; i < n; i += 4 * N) {
      Bytes b = loadBytes(codes + i);
      largest = vmaxq_u8(largest, vaddq_u8(b, b));
    }
    return vmaxvq_u8(largest) == 0xFE;
  }

  LB_INLINE static bool hasReserved4(const uint8_t* codes, int n) {
    uint8x8_t all = vdup_n_u8(0);
    for (int i = 0; i < n; i += 2 * N) {
      Halves b = loadHalf(codes + i);
      uint8x8_t two = vand_u8(b, vshr_n_u8(b, 1));
      all = vorr_u8(all, vand_u8(two, vshr_n_u8(two, 2)));
    }
    return vmaxv_u8(vand_u8(all, vdup_n_u8(0x11))) != 0;
  }

  LB_INLINE static Phase phases(uint32_t first) {
    const uint32x4_t lanes = {0, 1, 2, 3};
    return vmlaq_n_u32(vdupq_n_u32(first), lanes, PHASE_PER_ELEMENT);
  }
  LB_INLINE static Phase nextGroup(Phase p) {
    return vaddq_u32(p, vld1q_u32(TABLES.phaseSteps<N>().group));
  }
  LB_INLINE static Vector fromMiddle(Phase group, int v) {
    Phase p = v == 0 ? group : vaddq_u32(group, vld1q_u32(TABLES.phaseSteps<N>().vectors[v]));
    return Vector(vcvtq_f32_s32(vreinterpretq_s32_u32(p))) * Vector(PHASE_UNIT);
  }

  // Relative error below 2^-15: the estimate's is below 2^-8, and one step of Newton's method squares it.
  LB_INLINE static Vector rootEstimateMinus(Vector s, Vector f) {
    float32x4_t y = vrsqrteq_f32(s.x);
    y = y * vrsqrtsq_f32(s.x, y * y);
    return vfmaq_f32(vnegq_f32(f.x), s.x, y);
  }

  // As with AVX2, error below 0.2: arithmetic on the exponent and one step of Newton's method.
  template <bool>
  LB_INLINE static Vector cubeRootEstimate(Vector s) {
    int32x4_t thirds = vqdmulhq_n_s32(vreinterpretq_s32_f32(s.x), 0x55555555);
    Vector z = vreinterpretq_f32_s32(vsubq_s32(vdupq_n_s32(0x6995FE43), thirds));
    Vector y = s * z;
    return y * Vector(vfmsq_f32(vdupq_n_f32(1.7568f), (y * y).x, z.x));
  }

  // A mask is minus one.
  LB_INLINE static Vector plusOne(Vector a, Mask mask) { return ofWord(vsubq_u32(word(a), mask)); }

  LB_INLINE static Mask differ(Vector a, Vector b) {
    // Neither is NaN.
    return vmvnq_u32(vceqq_f32(a.x, b.x));
  }
  LB_INLINE static uint64_t lanes(const Mask* masks) {
    const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t b = vandq_u8(lowest(masks), bits);
    b = vpaddq_u8(b, b);
    b = vpaddq_u8(b, b);
    b = vpaddq_u8(b, b);
    return vgetq_lane_u16(vreinterpretq_u16_u8(b), 0);
  }

  LB_INLINE static Vector pieceBefore(Vector x) {
    uint32x4_t upper = vqsubq_u32(vshrq_n_u32(word(x), 16), vdupq_n_u32(Lines::LOWEST));
    return ofWord(vshrq_n_u32(vmulq_n_u32(upper, Lines::PER_DECADE), 16));
  }
  LB_INLINE static Vector ofPiece(const float* table, Vector piece) {
    // The bytes of float i are 4i to 4i + 3.
    uint32x4_t i = vandq_u32(word(piece), vdupq_n_u32(7));
    uint32x4_t at = vmlaq_n_u32(vdupq_n_u32(0x03020100), i, 0x04040404);
    const uint8_t* bytes = (const uint8_t*)table;
    uint8x16x2_t floats = {{vld1q_u8(bytes), vld1q_u8(bytes + 16)}};
    return vreinterpretq_f32_u8(vqtbl2q_u8(floats, vreinterpretq_u8_u32(at)));
  }

  LB_INLINE static Bytes pack(const Vector* levels) {
    uint32x4_t w[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      w[v] = word(levels[v]);
    }
    return lowest(w);
  }

  LB_INLINE static Bytes withSigns(Bytes codes, const float* numbers) {
    return vorrq_u8(codes, vandq_u8(signs(numbers), vdupq_n_u8(0x80)));
  }

  LB_INLINE static Bytes signedLevels(Bytes levels, const float* numbers) {
    uint8x16_t negative = vcltzq_s8(vreinterpretq_s8_u8(signs(numbers)));
    // One more for positive ones, one less for negative ones.
    uint8x16_t one = vorrq_u8(negative, vdupq_n_u8(1));
    uint8x16_t highest = vceqq_u8(levels, vdupq_n_u8(0x7F));
    uint8x16_t sign = vandq_u8(negative, vdupq_n_u8(0x80));
    uint8x16_t codes = vorrq_u8(levels, vandq_u8(sign, vtstq_u8(levels, levels)));
    return vaddq_u8(codes, vandq_u8(one, highest));
  }

  LB_INLINE static Bytes withoutReserved(Bytes levels) {
    return vaddq_u8(levels, vcgtzq_s8(vreinterpretq_s8_u8(levels)));
  }

  LB_INLINE static Bytes signedCodes4(Bytes levels, const float* numbers) {
    uint8x16_t sign = vandq_u8(vshrq_n_u8(signs(numbers), 4), vdupq_n_u8(8));
    return vqtbl1q_u8(vld1q_u8(TABLES.values4.signedCodes), vorrq_u8(levels, sign));
  }

  LB_INLINE static Halves packPairs(Bytes codes) {
    uint8x8_t first = vget_low_u8(vuzp1q_u8(codes, codes));
    uint8x8_t second = vget_low_u8(vuzp2q_u8(codes, codes));
    return vsli_n_u8(first, second, 4);
  }
  LB_INLINE static Halves pairsLess(Halves pairs, int x) { return vsub_u8(pairs, vdup_n_u8((uint8_t)x)); }

  LB_INLINE static Bytes loadBytes(const uint8_t* at) { return vld1q_u8(at); }
  LB_INLINE static Halves loadHalf(const uint8_t* at) { return vld1_u8(at); }
  LB_INLINE static void storeBytes(uint8_t* at, Bytes codes) { vst1q_u8(at, codes); }
  LB_INLINE static void storeBytes(uint8_t* at, Halves codes) { vst1_u8(at, codes); }

  LB_INLINE static void decodeSigned(const uint8_t* codes, Vector* out) {
    uint8x16_t c = vld1q_u8(codes);
    uint8x16_t k = vandq_u8(c, vdupq_n_u8(0x7F));
    // k + 2, or 0 where k is.
    uint8x16_t j = vandq_u8(vaddq_u8(k, vdupq_n_u8(2)), vtstq_u8(k, k));
    uint32x4_t roots[4];
    uint32x4_t signs[4];
    widen(j, roots);
    widen(c, signs);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      Vector root = vcvtq_f32_u32(roots[v]);
      uint32x4_t sign = vandq_u32(vshlq_n_u32(signs[v], 24), vdupq_n_u32(0x80000000));
      out[v] = ofWord(vorrq_u32(word(root * root * root), sign));
    }
  }

  LB_INLINE static void decodeUnsigned(const uint8_t* codes, Vector* out) {
    uint8x16_t c = vld1q_u8(codes);
    // One more up to 0x7E; the mask is minus one.
    c = vsubq_u8(c, vcgezq_s8(vreinterpretq_s8_u8(c)));
    uint32x4_t levels[4];
    widen(c, levels);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      Vector j = Vector(vcvtq_f32_u32(levels[v])) + Vector(2);
      out[v] = j * j;
    }
  }

  LB_INLINE static void decodeSigned4(const uint8_t* codes, Vector* out) {
    lookUp4(TABLES.values4.bytesOfSigned, codes, out);
  }
  LB_INLINE static void decodeUnsigned4(const uint8_t* codes, Vector* out) {
    lookUp4(TABLES.values4.bytesOfUnsigned, codes, out);
  }

  LB_INLINE static void decodeValues(const Codebook& codebook, const uint8_t* codes, Vector* out) {
    const float* values = codebook.values();
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      const uint8_t* c = codes + v * N;
      float32x4_t x = vld1q_dup_f32(values + c[0]);
      x = vld1q_lane_f32(values + c[1], x, 1);
      x = vld1q_lane_f32(values + c[2], x, 2);
      out[v] = vld1q_lane_f32(values + c[3], x, 3);
    }
  }

  // Sums of the checksum, 16 bytes at a time.
  struct Sums {
    uint32x4_t sums;
    const uint16_t* weights;

    LB_INLINE void clear() {
      sums = vdupq_n_u32(0);
      weights = TABLES.weights.words;
    }

    LB_INLINE void add(Bytes bytes) {
      int16x8_t w = vreinterpretq_s16_u16(vld1q_u16(weights));
      int16x8_t b = vreinterpretq_s16_u8(bytes);
      int32x4_t s = vmlal_s16(vreinterpretq_s32_u32(sums), vget_low_s16(b), vget_low_s16(w));
      sums = vreinterpretq_u32_s32(vmlal_high_s16(s, b, w));
      weights += 8;
    }

    LB_INLINE void add(Halves bytes) {
      int16x4_t w = vreinterpret_s16_u16(vld1_u16(weights));
      int16x4_t b = vreinterpret_s16_u8(bytes);
      sums = vreinterpretq_u32_s32(vmlal_s16(vreinterpretq_s32_u32(sums), b, w));
      weights += 4;
    }

    LB_INLINE Checksum total() const {
      Checksum checksum;
      checksum.sum = vaddvq_u32(sums);
      return checksum;
    }
  };

  // Of eight lanes, in double precision, where squares of floats are exact.
  struct SumsOfSquares {
    float64x2_t sums[4];

    LB_INLINE void add(const float* at) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) {
        float64x2_t x = vcvt_f64_f32(vld1_f32(at + 2 * i));
        sums[i] = vfmaq_f64(sums[i], x, x);
      }
    }
    LB_INLINE void store(double* lanes) const {
      for (int i = 0; i < 4; i++) {
        vst1q_f64(lanes + 2 * i, sums[i]);
      }
    }
  };

 private:
  LB_INLINE static uint32x4_t word(Vector a) { return vreinterpretq_u32_f32(a.x); }
  LB_INLINE static Vector ofWord(uint32x4_t bits) { return vreinterpretq_f32_u32(bits); }
  LB_INLINE static Vector where(Mask mask, Vector a) { return ofWord(vandq_u32(mask, word(a))); }

  // The lowest bytes of four vectors of words.
  LB_INLINE static uint8x16_t lowest(const uint32x4_t* w) {
    uint16x8_t low = vuzp1q_u16(vreinterpretq_u16_u32(w[0]), vreinterpretq_u16_u32(w[1]));
    uint16x8_t high = vuzp1q_u16(vreinterpretq_u16_u32(w[2]), vreinterpretq_u16_u32(w[3]));
    return vuzp1q_u8(vreinterpretq_u8_u16(low), vreinterpretq_u8_u16(high));
  }

  // Upper halves of floats, by codes of 4 bits.
  LB_INLINE static void lookUp4(const uint8_t (*bytes)[16], const uint8_t* codes, Vector* out) {
    uint8x8_t pairs = vld1_u8(codes);
    uint8x8_t first = vand_u8(pairs, vdup_n_u8(0xF));
    uint8x8_t second = vshr_n_u8(pairs, 4);
    uint8x16_t c = vcombine_u8(vzip1_u8(first, second), vzip2_u8(first, second));
    uint8x16_t low = vqtbl1q_u8(vld1q_u8(bytes[0]), c);
    uint8x16_t high = vqtbl1q_u8(vld1q_u8(bytes[1]), c);
    uint16x8_t a = vreinterpretq_u16_u8(vzip1q_u8(low, high));
    uint16x8_t b = vreinterpretq_u16_u8(vzip2q_u8(low, high));
    out[0] = ofWord(vshll_n_u16(vget_low_u16(a), 16));
    out[1] = ofWord(vshll_high_n_u16(a, 16));
    out[2] = ofWord(vshll_n_u16(vget_low_u16(b), 16));
    out[3] = ofWord(vshll_high_n_u16(b, 16));
  }

  // Bit 7 of each byte: the signs of a group.
  LB_INLINE static uint8x16_t signs(const float* numbers) {
    uint32x4_t w[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      w[v] = vshrq_n_u32(word(load(numbers + v * N)), 24);
    }
    return lowest(w);
  }

  // Bytes as words.
  LB_INLINE static void widen(uint8x16_t bytes, uint32x4_t* words) {
    uint16x8_t low = vmovl_u8(vget_low_u8(bytes));
    uint16x8_t high = vmovl_high_u8(bytes);
    words[0] = vmovl_u16(vget_low_u16(low));
    words[1] = vmovl_high_u16(low);
    words[2] = vmovl_u16(vget_low_u16(high));
    words[3] = vmovl_high_u16(high);
  }
};
