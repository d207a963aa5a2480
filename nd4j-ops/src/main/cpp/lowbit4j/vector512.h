// 16 floats in AVX-512 (F, BW, DQ, VL), and what codecs and norms need of the instruction set.
// Included once per variant, inside that variant's namespace and target; LB_VBMI: with VBMI.

struct Vector {
  using Register = __m512;
  using Mask = __mmask16;
  using Phase = __m512i;
  using Bytes = __m512i;  // 4N codes
  using Halves = __m256i;

#include "vector_base.h"

  LB_INLINE explicit Vector(float value) : x(_mm512_set1_ps(value)) {}
  LB_INLINE static Vector load(const float* at) { return _mm512_loadu_ps(at); }
  LB_INLINE Bytes bits() const { return _mm512_castps_si512(x); }
  LB_INLINE void store(float* at) const { _mm512_storeu_ps(at, x); }

  LB_INLINE friend Vector larger(Vector a, Vector b) { return _mm512_max_ps(a.x, b.x); }
  LB_INLINE friend Vector smaller(Vector a, Vector b) { return _mm512_min_ps(a.x, b.x); }
  LB_INLINE friend Vector magnitude(Vector a) { return _mm512_abs_ps(a.x); }
  LB_INLINE friend Vector root(Vector a) { return _mm512_sqrt_ps(a.x); }
  LB_INLINE friend Vector bySign(Vector a, Vector size) {
    __mmask16 some = _mm512_cmp_ps_mask(a.x, _mm512_setzero_ps(), _CMP_NEQ_OQ);
    // size ^ (a & sign)
    return _mm512_castsi512_ps(_mm512_maskz_ternarylogic_epi32(
        some, _mm512_castps_si512(size.x), _mm512_castps_si512(a.x),
        _mm512_set1_epi32((int)0x80000000), 0x78));
  }

  // a*b + c, rounded once.
  LB_INLINE friend Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a.x, b.x, c.x); }

  LB_INLINE static Vector quotient(Vector a, Vector b) {
    return _mm512_maskz_div_ps(less(Vector(0.0f), b), a.x, b.x);
  }

  LB_INLINE static Mask less(Vector a, Vector b) {
    return _mm512_cmp_ps_mask(a.x, b.x, _CMP_LT_OQ);
  }
  // a where the mask is set, elsewhere b.
  LB_INLINE static Vector choose(Mask mask, Vector a, Vector b) {
    return _mm512_mask_mov_ps(b.x, mask, a.x);
  }

  // a - b, a*b and a*b + c where the mask is set, elsewhere a, 0 and c.
  LB_INLINE static Vector minusIf(Mask mask, Vector a, Vector b) {
    return _mm512_mask_sub_ps(a.x, mask, a.x, b.x);
  }
  LB_INLINE static Vector timesIf(Mask mask, Vector a, Vector b) {
    return _mm512_maskz_mul_ps(mask, a.x, b.x);
  }
  LB_INLINE static Vector fmaIf(Mask mask, Vector a, Vector b, Vector c) {
    return _mm512_mask3_fmadd_ps(a.x, b.x, c.x, mask);
  }

  // Of numbers that are not negative: their bits order like they do, NaN is the largest, and whole
  // numbers have more units to be compared in.
  LB_INLINE static Vector largerPositive(Vector a, Vector b) {
    return _mm512_castsi512_ps(_mm512_max_epi32(_mm512_castps_si512(a.x), _mm512_castps_si512(b.x)));
  }
  LB_INLINE static Vector smallerPositive(Vector a, Vector b) {
    return _mm512_castsi512_ps(_mm512_min_epi32(_mm512_castps_si512(a.x), _mm512_castps_si512(b.x)));
  }
  LB_INLINE float smallestPositive() const {
    return floatOf((uint32_t)_mm512_reduce_min_epi32(_mm512_castps_si512(x)));
  }
  LB_INLINE float largestPositive() const {
    return floatOf((uint32_t)_mm512_reduce_max_epi32(_mm512_castps_si512(x)));
  }

  // Bits as whole numbers without a sign.
  LB_INLINE static Vector largerBits(Vector a, Vector b) {
    return _mm512_castsi512_ps(_mm512_max_epu32(_mm512_castps_si512(a.x), _mm512_castps_si512(b.x)));
  }
  LB_INLINE uint32_t largestBits() const {
    return _mm512_reduce_max_epu32(_mm512_castps_si512(x));
  }

  // Whether a whole number of groups has a code 0x7F or 0xFF: twice that is the largest byte that can be.
  LB_INLINE static bool hasReserved(const uint8_t* codes, int n) {
    __m512i largest = _mm512_setzero_si512();
    for (int i = 0; i < n; i += 4 * N) {
      Bytes b = loadBytes(codes + i);
      largest = _mm512_max_epu8(largest, _mm512_add_epi8(b, b));
    }
    return _mm512_cmpeq_epi8_mask(largest, _mm512_set1_epi8((char)0xFE)) != 0;
  }

  // The same of n bytes of codes of 4 bits.
  LB_INLINE static bool hasReserved4(const uint8_t* codes, int n) {
    __m256i all = _mm256_setzero_si256();
    for (int i = 0; i < n; i += 2 * N) {
      Halves b = loadHalf(codes + i);
      __m256i two = _mm256_and_si256(b, _mm256_srli_epi16(b, 1));
      all = _mm256_ternarylogic_epi32(all, two, _mm256_srli_epi16(two, 2), 0xF8);
    }
    return _mm256_test_epi8_mask(all, _mm256_set1_epi8(0x11)) != 0;
  }

  // The dither's sequence: a group from one element on, the next, and u - 0.5 for a vector of it.
  LB_INLINE static Phase phases(uint32_t first) {
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_epi32(
        _mm512_set1_epi32((int)first),
        _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)PHASE_PER_ELEMENT)));
  }
  LB_INLINE static Phase nextGroup(Phase p) {
    return _mm512_add_epi32(p, _mm512_load_si512((const __m512i*)TABLES.phaseSteps<N>().group));
  }
  LB_INLINE static Vector fromMiddle(Phase group, int v) {
    Phase p = v == 0 ? group
                     : _mm512_add_epi32(group, _mm512_load_si512(
                                                 (const __m512i*)TABLES.phaseSteps<N>().vectors[v]));
    return _mm512_cvtepi32_ps(p) * _mm512_set1_ps(PHASE_UNIT);
  }

  // Relative error below 2^-13.
  LB_INLINE static Vector rootEstimateMinus(Vector s, Vector f) {
    return _mm512_fmsub_ps(s.x, _mm512_rsqrt14_ps(s.x), f.x);
  }

  // Of 32..2^21, error below 0.36: a line for each half octave. HIGH: of 48..2^21.
  template <bool HIGH>
  LB_INLINE static Vector cubeRootEstimate(Vector s) {
    const CubeRootLines& t = HIGH ? TABLES.cubeRootLinesOfHigh : TABLES.cubeRootLines;
    __m512i at = _mm512_srli_epi32(_mm512_castps_si512(s.x), 22);
    __m512 slope =
        _mm512_permutex2var_ps(_mm512_load_ps(t.slopes), at, _mm512_load_ps(t.slopes + 16));
    __m512 start =
        _mm512_permutex2var_ps(_mm512_load_ps(t.starts), at, _mm512_load_ps(t.starts + 16));
    Vector y = _mm512_fmadd_ps(slope, s.x, start);
    return HIGH ? y : smallerPositive(y, Vector(128));
  }

  // The bits as a whole number plus one where the mask is set.
  LB_INLINE static Vector plusOne(Vector a, Mask mask) {
    __m512i bits = _mm512_castps_si512(a.x);
    return _mm512_castsi512_ps(_mm512_mask_add_epi32(bits, mask, bits, _mm512_set1_epi32(1)));
  }

  LB_INLINE static Mask differ(Vector a, Vector b) {
    return _mm512_cmp_ps_mask(a.x, b.x, _CMP_NEQ_OQ);
  }
  // The masks of a group, a bit per element.
  LB_INLINE static uint64_t lanes(const Mask* masks) {
    return (uint64_t)masks[3] << 48 | (uint64_t)masks[2] << 32 | (uint64_t)masks[1] << 16 | masks[0];
  }

  // Of Lines, in the lowest bits: the piece of numbers in [0, 1], or the one before.
  LB_INLINE static Vector pieceBefore(Vector x) {
    __m512i upper = _mm512_srli_epi32(_mm512_castps_si512(x.x), 16);
    upper = _mm512_subs_epu16(upper, _mm512_set1_epi32(Lines::LOWEST));
    return _mm512_castsi512_ps(_mm512_mulhi_epu16(upper, _mm512_set1_epi32(Lines::PER_DECADE)));
  }
  LB_INLINE static Vector ofPiece(const float* table, Vector piece) {
    return _mm512_permutexvar_ps(_mm512_castps_si512(piece.x), _mm512_load_ps(table));
  }

  // The lowest byte of each number of a group.
  LB_INLINE static Bytes pack(const Vector* levels) { return pick<0>(levels); }

  // Bit 7 set where the number is negative.
  LB_INLINE static Bytes withSigns(Bytes codes, const float* numbers) {
#ifdef LB_VBMI
    Vector x[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      x[v] = load(numbers + v * N);
    }
    return _mm512_ternarylogic_epi32(codes, pick<3>(x), _mm512_set1_epi8((char)0x80), 0xF8);
#else
    return _mm512_mask_add_epi8(codes, signs(numbers), codes, _mm512_set1_epi8((char)0x80));
#endif
  }

  // Levels 0..127 of numbers to the codes of a signed codebook with lines.
  LB_INLINE static Bytes signedLevels(Bytes levels, const float* numbers) {
    const __m512i one = _mm512_set1_epi8(1);
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    __mmask64 negative = _mm512_movepi8_mask(withSigns(levels, numbers));
    __mmask64 highest = _mm512_cmpeq_epi8_mask(levels, _mm512_set1_epi8(0x7F));
    __mmask64 signs = negative & _mm512_test_epi8_mask(levels, levels);
    __m512i codes = _mm512_mask_add_epi8(levels, highest & ~negative, levels, one);
    codes = _mm512_mask_sub_epi8(codes, highest & negative, codes, one);
    return _mm512_mask_add_epi8(codes, signs, codes, sign);
  }

  // 1..254 to stored bytes: 0..0x7E, 0x80..0xFE.
  LB_INLINE static Bytes withoutReserved(Bytes levels) {
    __mmask64 upper = _mm512_movepi8_mask(levels);
    return _mm512_mask_add_epi8(levels, ~upper, levels, _mm512_set1_epi8(-1));
  }

  // Levels 0..7 of numbers to codes of 4 bits.
  LB_INLINE static Bytes signedCodes4(Bytes levels, const float* numbers) {
    const __m512i eight = _mm512_set1_epi8(8);
#ifdef LB_VBMI
    Vector x[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      x[v] = load(numbers + v * N);
    }
    Bytes at = _mm512_ternarylogic_epi32(levels, _mm512_srli_epi16(pick<3>(x), 4), eight, 0xF8);
#else
    Bytes at = _mm512_mask_add_epi8(levels, signs(numbers), levels, eight);
#endif
    return _mm512_shuffle_epi8(
        _mm512_broadcast_i32x4(_mm_load_si128((const __m128i*)TABLES.values4.signedCodes)), at);
  }

  LB_INLINE static Halves packPairs(Bytes codes) {
    return _mm512_cvtepi16_epi8(_mm512_maddubs_epi16(codes, _mm512_set1_epi16(0x1001)));
  }
  LB_INLINE static Halves pairsLess(Halves pairs, int x) {
    return _mm256_sub_epi8(pairs, _mm256_set1_epi8((char)x));
  }

  LB_INLINE static Bytes loadBytes(const uint8_t* at) { return _mm512_loadu_si512(at); }
  LB_INLINE static Halves loadHalf(const uint8_t* at) {
    return _mm256_loadu_si256((const __m256i*)at);
  }
  LB_INLINE static void storeBytes(uint8_t* at, Bytes codes) { _mm512_storeu_si512(at, codes); }
  LB_INLINE static void storeBytes(uint8_t* at, Halves codes) {
    _mm256_storeu_si256((__m256i*)at, codes);
  }

  // 2^21 times the values of 64 codes of the signed POWER table.
  LB_INLINE static void decodeSigned(const uint8_t* codes, Vector* out) {
#ifdef LB_VBMI
    __m512i c = quartersApart(_mm512_loadu_si512(codes));
    __m512i b[4];
    for (int i = 0; i < 4; i++) {
      b[i] = _mm512_permutex2var_epi8(_mm512_load_si512(TABLES.cubeBytes.bytes[i]), c,
                                      _mm512_load_si512(TABLES.cubeBytes.bytes[i] + 64));
    }
    b[3] = _mm512_ternarylogic_epi32(b[3], c, _mm512_set1_epi8((char)0x80), 0xF8);
    join(b, out);
#else
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      __m512i c = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i*)(codes + 16 * v)));
      __m512i k = _mm512_and_si512(c, _mm512_set1_epi32(0x7F));
      __m512 j = _mm512_cvtepi32_ps(_mm512_add_epi32(k, _mm512_set1_epi32(2)));
      __m512 cube = _mm512_maskz_mul_ps(_mm512_test_epi32_mask(k, k), j * j, j);
      out[v] = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(
          _mm512_castps_si512(cube), _mm512_slli_epi32(c, 24),
          _mm512_set1_epi32((int)0x80000000), 0xF8));
    }
#endif
  }

  // 2^16 times the values of 64 codes of the unsigned POWER table.
  LB_INLINE static void decodeUnsigned(const uint8_t* codes, Vector* out) {
    __m512i c = _mm512_loadu_si512(codes);
    c = _mm512_mask_add_epi8(c, ~_mm512_movepi8_mask(c), c, _mm512_set1_epi8(1));
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
#ifdef LB_VBMI
      // As the lowest byte of 2^23.
      __m512i bits = _mm512_permutex2var_epi8(c, _mm512_load_si512(TABLES.bytePicks.spread[v]),
                                              _mm512_set1_epi32(0x4B000000));
      __m512 j = _mm512_castsi512_ps(bits) - _mm512_set1_ps(0x1p23f - 2);
#else
      __m512 j = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(quarter(c, v))) + _mm512_set1_ps(2);
#endif
      out[v] = j * j;
    }
  }

  LB_INLINE static void decodeSigned4(const uint8_t* codes, Vector* out) {
    lookUp4(TABLES.values4.ofSigned, codes, out);
  }
  LB_INLINE static void decodeUnsigned4(const uint8_t* codes, Vector* out) {
    lookUp4(TABLES.values4.ofUnsigned, codes, out);
  }

  // The values of 64 codes of any codebook.
  LB_INLINE static void decodeValues(const Codebook& codebook, const uint8_t* codes, Vector* out) {
#ifdef LB_VBMI
    __m512i c = quartersApart(_mm512_loadu_si512(codes));
    __mmask64 upper = _mm512_movepi8_mask(c);
    __m512i b[4];
    for (int i = 0; i < 4; i++) {
      const uint8_t* table = codebook.bytesOfValues(i);
      __m512i low = _mm512_permutex2var_epi8(_mm512_load_si512(table), c, _mm512_load_si512(table + 64));
      __m512i high = _mm512_permutex2var_epi8(_mm512_load_si512(table + 128), c,
                                              _mm512_load_si512(table + 192));
      b[i] = _mm512_mask_mov_epi8(low, upper, high);
    }
    join(b, out);
#else
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      __m512i c = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i*)(codes + 16 * v)));
      out[v] = _mm512_i32gather_ps(c, codebook.values(), 4);
    }
#endif
  }

  // Sums of the checksum, 64 bytes at a time.
  struct Sums {
    __m512i sums;
    const uint16_t* weights;

    LB_INLINE void clear() {
      sums = _mm512_setzero_si512();
      weights = TABLES.weights.words;
    }

    LB_INLINE void add(Bytes bytes) {
      __m512i products = _mm512_madd_epi16(bytes, _mm512_load_si512(weights));
      sums = _mm512_add_epi32(sums, products);
      weights += 32;
    }

    LB_INLINE void add(Halves bytes) {
      __m256i products = _mm256_madd_epi16(bytes, _mm256_load_si256((const __m256i*)weights));
      sums = _mm512_add_epi32(sums, _mm512_zextsi256_si512(products));
      weights += 16;
    }

    // Not by _mm512_reduce_add_epi32, whose additions are signed: where they wrap, C++ defines nothing.
    LB_INLINE Checksum total() const {
      __m256i h = _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
      __m128i s = _mm_add_epi32(_mm256_castsi256_si128(h), _mm256_extracti128_si256(h, 1));
      s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
      s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1));
      Checksum checksum;
      checksum.sum = (uint32_t)_mm_cvtsi128_si32(s);
      return checksum;
    }
  };

  // Of eight lanes, in double precision, where squares of floats are exact.
  struct SumsOfSquares {
    __m512d sums;

    LB_INLINE void add(const float* at) {
      __m512d x = _mm512_cvtps_pd(_mm256_loadu_ps(at));
      sums = _mm512_fmadd_pd(x, x, sums);
    }
    LB_INLINE void store(double* lanes) const { _mm512_storeu_pd(lanes, sums); }
  };

 private:
  // By codes of 4 bits; what is above them in an index does not count.
  LB_INLINE static void lookUp4(const float* table, const uint8_t* codes, Vector* out) {
    const __m512 values = _mm512_load_ps(table);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      __m512i pairs = _mm512_set1_epi64(read<int64_t>(codes + 8 * v));
#ifdef LB_VBMI
      // Each dword's lowest byte: 8 bits from its code on.
      __m512i at = _mm512_multishift_epi64_epi8(_mm512_load_si512(TABLES.bytePicks.nibbles), pairs);
#else
      const __m512i half = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
      const __m512i shift = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28);
      __m512 dwords = _mm512_permutevar_ps(_mm512_castsi512_ps(pairs), half);
      __m512i at = _mm512_srlv_epi32(_mm512_castps_si512(dwords), shift);
#endif
      out[v] = _mm512_permutexvar_ps(at, values);
    }
  }

#ifndef LB_VBMI
  // A bit for each number of a group.
  LB_INLINE static uint64_t signs(const float* numbers) {
    uint64_t signs = 0;
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      signs |= (uint64_t)_mm512_movepi32_mask(_mm512_castps_si512(load(numbers + v * N).x)) << (16 * v);
    }
    return signs;
  }
#endif

#ifdef LB_VBMI
  // Look-ups, byte by byte of the floats, give the four bytes of each; this order of dwords makes what
  // join puts together end in order.
  LB_INLINE static __m512i quartersApart(__m512i codes) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, codes);
  }

  LB_INLINE static void join(const __m512i* bytes, Vector* out) {
    __m512i lo01 = _mm512_unpacklo_epi8(bytes[0], bytes[1]);
    __m512i hi01 = _mm512_unpackhi_epi8(bytes[0], bytes[1]);
    __m512i lo23 = _mm512_unpacklo_epi8(bytes[2], bytes[3]);
    __m512i hi23 = _mm512_unpackhi_epi8(bytes[2], bytes[3]);
    out[0] = _mm512_castsi512_ps(_mm512_unpacklo_epi16(lo01, lo23));
    out[1] = _mm512_castsi512_ps(_mm512_unpackhi_epi16(lo01, lo23));
    out[2] = _mm512_castsi512_ps(_mm512_unpacklo_epi16(hi01, hi23));
    out[3] = _mm512_castsi512_ps(_mm512_unpackhi_epi16(hi01, hi23));
  }
#endif

  LB_INLINE static __m128i quarter(__m512i bytes, int v) {
    return v == 0   ? _mm512_extracti32x4_epi32(bytes, 0)
           : v == 1 ? _mm512_extracti32x4_epi32(bytes, 1)
           : v == 2 ? _mm512_extracti32x4_epi32(bytes, 2)
                    : _mm512_extracti32x4_epi32(bytes, 3);
  }

  // One byte of each number of a group; without VBMI the lowest.
  template <int BYTE>
  LB_INLINE static __m512i pick(const Vector* group) {
    __m512i w[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      w[v] = _mm512_castps_si512(group[v].x);
    }
#ifdef LB_VBMI
    const __m512i two = _mm512_load_si512(TABLES.bytePicks.pairs[BYTE]);
    const __m512i four = _mm512_load_si512(TABLES.bytePicks.halves);
    return _mm512_permutex2var_epi8(_mm512_permutex2var_epi8(w[0], two, w[1]), four,
                                    _mm512_permutex2var_epi8(w[2], two, w[3]));
#else
    __m512i all = _mm512_castsi128_si512(_mm512_cvtepi32_epi8(w[0]));
    all = _mm512_inserti32x4(all, _mm512_cvtepi32_epi8(w[1]), 1);
    all = _mm512_inserti32x4(all, _mm512_cvtepi32_epi8(w[2]), 2);
    return _mm512_inserti32x4(all, _mm512_cvtepi32_epi8(w[3]), 3);
#endif
  }
};
