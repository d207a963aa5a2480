// 8 floats in AVX2 with FMA, and what codecs and norms need of the instruction set. Included once,
// inside the variant's namespace and target.

struct Vector {
  using Register = __m256;
  using Mask = __m256;
  using Phase = __m256i;
  using Bytes = __m256i;  // 4N codes
  using Halves = __m128i;

#include "vector_base.h"

  LB_INLINE explicit Vector(float value) : x(_mm256_set1_ps(value)) {}
  LB_INLINE static Vector load(const float* at) { return _mm256_loadu_ps(at); }
  LB_INLINE Bytes bits() const { return _mm256_castps_si256(x); }
  LB_INLINE void store(float* at) const { _mm256_storeu_ps(at, x); }

  LB_INLINE friend Vector larger(Vector a, Vector b) { return _mm256_max_ps(a.x, b.x); }
  LB_INLINE friend Vector smaller(Vector a, Vector b) { return _mm256_min_ps(a.x, b.x); }
  LB_INLINE friend Vector magnitude(Vector a) { return _mm256_and_ps(a.x, ofBits(0x7FFFFFFF)); }
  LB_INLINE friend Vector root(Vector a) { return _mm256_sqrt_ps(a.x); }
  LB_INLINE friend Vector bySign(Vector a, Vector size) {
    __m256 some = _mm256_cmp_ps(a.x, _mm256_setzero_ps(), _CMP_NEQ_OQ);
    return _mm256_and_ps(some, _mm256_xor_ps(size.x, signBit(a.x)));
  }

  // a*b + c, rounded once.
  LB_INLINE friend Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a.x, b.x, c.x); }

  LB_INLINE static Vector quotient(Vector a, Vector b) {
    return _mm256_and_ps(less(Vector(0.0f), b), _mm256_div_ps(a.x, b.x));
  }

  LB_INLINE static Mask less(Vector a, Vector b) { return _mm256_cmp_ps(a.x, b.x, _CMP_LT_OQ); }
  // a where the mask is set, elsewhere b.
  LB_INLINE static Vector choose(Mask mask, Vector a, Vector b) {
    return _mm256_blendv_ps(b.x, a.x, mask);
  }

  // a - b, a*b and a*b + c where the mask is set, elsewhere a, 0 and c.
  LB_INLINE static Vector minusIf(Mask mask, Vector a, Vector b) {
    return a.x - _mm256_and_ps(mask, b.x);
  }
  LB_INLINE static Vector timesIf(Mask mask, Vector a, Vector b) {
    return _mm256_and_ps(mask, a.x) * b.x;
  }
  LB_INLINE static Vector fmaIf(Mask mask, Vector a, Vector b, Vector c) {
    return _mm256_fmadd_ps(_mm256_and_ps(mask, a.x), b.x, c.x);
  }

  // Of numbers that are not negative: their bits order like they do, NaN is the largest, and whole
  // numbers have more units to be compared in.
  LB_INLINE static Vector largerPositive(Vector a, Vector b) {
    return _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(a.x), _mm256_castps_si256(b.x)));
  }
  LB_INLINE static Vector smallerPositive(Vector a, Vector b) {
    return _mm256_castsi256_ps(_mm256_min_epi32(_mm256_castps_si256(a.x), _mm256_castps_si256(b.x)));
  }
  LB_INLINE float smallestPositive() const {
    __m256i a = _mm256_castps_si256(x);
    __m128i m = _mm_min_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    m = _mm_min_epi32(m, _mm_shuffle_epi32(m, 0x4E));
    m = _mm_min_epi32(m, _mm_shuffle_epi32(m, 0xB1));
    return floatOf((uint32_t)_mm_cvtsi128_si32(m));
  }
  LB_INLINE float largestPositive() const {
    __m256i a = _mm256_castps_si256(x);
    __m128i m = _mm_max_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    m = _mm_max_epi32(m, _mm_shuffle_epi32(m, 0x4E));
    m = _mm_max_epi32(m, _mm_shuffle_epi32(m, 0xB1));
    return floatOf((uint32_t)_mm_cvtsi128_si32(m));
  }

  // Bits as whole numbers without a sign.
  LB_INLINE static Vector largerBits(Vector a, Vector b) {
    return _mm256_castsi256_ps(_mm256_max_epu32(_mm256_castps_si256(a.x), _mm256_castps_si256(b.x)));
  }
  LB_INLINE uint32_t largestBits() const {
    __m256i a = _mm256_castps_si256(x);
    __m128i m = _mm_max_epu32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    m = _mm_max_epu32(m, _mm_shuffle_epi32(m, 0x4E));
    m = _mm_max_epu32(m, _mm_shuffle_epi32(m, 0xB1));
    return (uint32_t)_mm_cvtsi128_si32(m);
  }

  // Whether a whole number of groups has a code 0x7F or 0xFF: twice that is the largest byte that can be.
  LB_INLINE static bool hasReserved(const uint8_t* codes, int n) {
    __m256i largest = _mm256_setzero_si256();
    for (int i = 0; i < n; i += 4 * N) {
      Bytes b = loadBytes(codes + i);
      largest = _mm256_max_epu8(largest, _mm256_add_epi8(b, b));
    }
    return _mm256_movemask_epi8(_mm256_cmpeq_epi8(largest, _mm256_set1_epi8((char)0xFE))) != 0;
  }

  // The same of n bytes of codes of 4 bits.
  LB_INLINE static bool hasReserved4(const uint8_t* codes, int n) {
    __m128i all = _mm_setzero_si128();
    for (int i = 0; i < n; i += 2 * N) {
      Halves b = loadHalf(codes + i);
      __m128i two = _mm_and_si128(b, _mm_srli_epi16(b, 1));
      all = _mm_or_si128(all, _mm_and_si128(two, _mm_srli_epi16(two, 2)));
    }
    return !_mm_testz_si128(all, _mm_set1_epi8(0x11));
  }

  // The dither's sequence: a group from one element on, the next, and u - 0.5 for a vector of it.
  LB_INLINE static Phase phases(uint32_t first) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_add_epi32(
        _mm256_set1_epi32((int)first),
        _mm256_mullo_epi32(lanes, _mm256_set1_epi32((int)PHASE_PER_ELEMENT)));
  }
  LB_INLINE static Phase nextGroup(Phase p) {
    return _mm256_add_epi32(p, _mm256_load_si256((const __m256i*)TABLES.phaseSteps<N>().group));
  }
  LB_INLINE static Vector fromMiddle(Phase group, int v) {
    Phase p = v == 0 ? group
                     : _mm256_add_epi32(group, _mm256_load_si256(
                                                 (const __m256i*)TABLES.phaseSteps<N>().vectors[v]));
    return _mm256_cvtepi32_ps(p) * _mm256_set1_ps(PHASE_UNIT);
  }

  // Relative error below 2^-11.
  LB_INLINE static Vector rootEstimateMinus(Vector s, Vector f) {
    return _mm256_fmsub_ps(s.x, _mm256_rsqrt_ps(s.x), f.x);
  }

  // Of 32..2^21, error below 0.2: z is near 3^(-1/4) s^(-2/3) by arithmetic on the exponent, and one
  // step of Newton's method finds the root from it.
  template <bool>
  LB_INLINE static Vector cubeRootEstimate(Vector s) {
    // The upper halves of the bits by 2/3.
    __m256i thirds =
        _mm256_mulhi_epu16(_mm256_castps_si256(s.x), _mm256_set1_epi32((int)0xAAAA0000));
    __m256 z = _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_set1_epi32(0x6995FE43), thirds));
    __m256 y = s.x * z;
    return y * _mm256_fnmadd_ps(y * y, z, _mm256_set1_ps(1.7568f));
  }

  // The bits as a whole number plus one where the mask is set.
  LB_INLINE static Vector plusOne(Vector a, Mask mask) {
    return _mm256_castsi256_ps(
        _mm256_sub_epi32(_mm256_castps_si256(a.x), _mm256_castps_si256(mask)));
  }

  LB_INLINE static Mask differ(Vector a, Vector b) {
    return _mm256_cmp_ps(a.x, b.x, _CMP_NEQ_OQ);
  }
  // The masks of a group, a bit per element.
  LB_INLINE static uint64_t lanes(const Mask* masks) {
    return (uint32_t)_mm256_movemask_ps(masks[3]) << 24 | _mm256_movemask_ps(masks[2]) << 16 |
           _mm256_movemask_ps(masks[1]) << 8 | _mm256_movemask_ps(masks[0]);
  }

  // Of Lines, in the lowest bits: the piece of numbers in [0, 1], or the one before.
  LB_INLINE static Vector pieceBefore(Vector x) {
    __m256i upper = _mm256_srli_epi32(_mm256_castps_si256(x.x), 16);
    upper = _mm256_subs_epu16(upper, _mm256_set1_epi32(Lines::LOWEST));
    return _mm256_castsi256_ps(_mm256_mulhi_epu16(upper, _mm256_set1_epi32(Lines::PER_DECADE)));
  }
  LB_INLINE static Vector ofPiece(const float* table, Vector piece) {
    return _mm256_permutevar8x32_ps(_mm256_load_ps(table), _mm256_castps_si256(piece.x));
  }

  // The lowest byte of each number of a group.
  LB_INLINE static Bytes pack(const Vector* levels) {
    __m256i w[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      w[v] = _mm256_and_si256(_mm256_castps_si256(levels[v].x), _mm256_set1_epi32(0xFF));
    }
    return inOrder(_mm256_packus_epi16(_mm256_packus_epi32(w[0], w[1]),
                                       _mm256_packus_epi32(w[2], w[3])));
  }

  // Bit 7 set where the number is negative.
  LB_INLINE static Bytes withSigns(Bytes codes, const float* numbers) {
    return _mm256_or_si256(codes,
                           _mm256_and_si256(signs(numbers), _mm256_set1_epi8((char)0x80)));
  }

  // Levels 0..127 of numbers to the codes of a signed codebook with lines.
  LB_INLINE static Bytes signedLevels(Bytes levels, const float* numbers) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i negative = _mm256_cmpgt_epi8(zero, signs(numbers));
    // One more for positive ones, one less for negative ones.
    __m256i one = _mm256_or_si256(negative, _mm256_set1_epi8(1));
    __m256i highest = _mm256_cmpeq_epi8(levels, _mm256_set1_epi8(0x7F));
    __m256i sign = _mm256_and_si256(negative, _mm256_set1_epi8((char)0x80));
    __m256i codes = _mm256_or_si256(levels, _mm256_and_si256(sign, _mm256_cmpgt_epi8(levels, zero)));
    return _mm256_add_epi8(codes, _mm256_and_si256(one, highest));
  }

  // 1..254 to stored bytes: 0..0x7E, 0x80..0xFE.
  LB_INLINE static Bytes withoutReserved(Bytes levels) {
    __m256i lower = _mm256_cmpgt_epi8(levels, _mm256_set1_epi8(0));
    return _mm256_add_epi8(levels, lower);
  }

  // Levels 0..7 of numbers to codes of 4 bits.
  LB_INLINE static Bytes signedCodes4(Bytes levels, const float* numbers) {
    __m256i sign = _mm256_and_si256(_mm256_srli_epi16(signs(numbers), 4), _mm256_set1_epi8(8));
    return _mm256_shuffle_epi8(twice(TABLES.values4.signedCodes), _mm256_or_si256(levels, sign));
  }

  LB_INLINE static Halves packPairs(Bytes codes) {
    __m256i pairs = _mm256_maddubs_epi16(codes, _mm256_set1_epi16(0x1001));
    return _mm_packus_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
  }
  LB_INLINE static Halves pairsLess(Halves pairs, int x) {
    return _mm_sub_epi8(pairs, _mm_set1_epi8((char)x));
  }

  LB_INLINE static Bytes loadBytes(const uint8_t* at) {
    return _mm256_loadu_si256((const __m256i*)at);
  }
  LB_INLINE static Halves loadHalf(const uint8_t* at) { return _mm_loadu_si128((const __m128i*)at); }
  LB_INLINE static void storeBytes(uint8_t* at, Bytes codes) {
    _mm256_storeu_si256((__m256i*)at, codes);
  }
  LB_INLINE static void storeBytes(uint8_t* at, Halves codes) {
    _mm_storeu_si128((__m128i*)at, codes);
  }

  // 2^21 times the values of 32 codes of the signed POWER table.
  LB_INLINE static void decodeSigned(const uint8_t* codes, Vector* out) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      // Bit 7 becomes the sign.
      __m256i c = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)(codes + 8 * v)));
      __m256i k = _mm256_and_si256(c, _mm256_set1_epi32(0x7F));
      // k + 2, or 0 where k is.
      __m256i j = _mm256_sign_epi32(_mm256_add_epi32(k, _mm256_set1_epi32(2)), k);
      __m256 root = _mm256_cvtepi32_ps(j);
      out[v] = _mm256_or_ps(root * root * root, signBit(_mm256_castsi256_ps(c)));
    }
  }

  // 2^16 times the values of 32 codes of the unsigned POWER table.
  LB_INLINE static void decodeUnsigned(const uint8_t* codes, Vector* out) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      __m128i c = _mm_loadl_epi64((const __m128i*)(codes + 8 * v));
      c = _mm_sub_epi8(c, _mm_cmpgt_epi8(c, _mm_set1_epi8(-1)));
      __m256 j = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(c)) + _mm256_set1_ps(2);
      out[v] = j * j;
    }
  }

  LB_INLINE static void decodeSigned4(const uint8_t* codes, Vector* out) {
    lookUp4(TABLES.values4.bytesOfSigned, codes, out);
  }
  LB_INLINE static void decodeUnsigned4(const uint8_t* codes, Vector* out) {
    lookUp4(TABLES.values4.bytesOfUnsigned, codes, out);
  }

  // The values of 32 codes of any codebook.
  LB_INLINE static void decodeValues(const Codebook& codebook, const uint8_t* codes, Vector* out) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      __m256i c = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)(codes + 8 * v)));
      out[v] = _mm256_i32gather_ps(codebook.values(), c, 4);
    }
  }

  // Sums of the checksum, 32 bytes at a time.
  struct Sums {
    __m256i sums;
    const uint16_t* weights;

    LB_INLINE void clear() {
      sums = _mm256_setzero_si256();
      weights = TABLES.weights.words;
    }

    LB_INLINE void add(Bytes bytes) {
      __m256i w = _mm256_load_si256((const __m256i*)weights);
      sums = _mm256_add_epi32(sums, _mm256_madd_epi16(bytes, w));
      weights += 16;
    }

    LB_INLINE void add(Halves bytes) {
      __m128i products = _mm_madd_epi16(bytes, _mm_load_si128((const __m128i*)weights));
      sums = _mm256_add_epi32(sums, _mm256_zextsi128_si256(products));
      weights += 8;
    }

    LB_INLINE Checksum total() const {
      __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
      s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
      s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1));
      Checksum checksum;
      checksum.sum = (uint32_t)_mm_cvtsi128_si32(s);
      return checksum;
    }
  };

  // Of eight lanes, in double precision, where squares of floats are exact.
  struct SumsOfSquares {
    __m256d low;
    __m256d high;

    LB_INLINE void add(const float* at) {
      __m256d a = _mm256_cvtps_pd(_mm_loadu_ps(at));
      __m256d b = _mm256_cvtps_pd(_mm_loadu_ps(at + 4));
      low = _mm256_fmadd_pd(a, a, low);
      high = _mm256_fmadd_pd(b, b, high);
    }
    LB_INLINE void store(double* lanes) const {
      _mm256_storeu_pd(lanes, low);
      _mm256_storeu_pd(lanes + 4, high);
    }
  };

 private:
  LB_INLINE static __m256 ofBits(int bits) {
    return _mm256_castsi256_ps(_mm256_set1_epi32(bits));
  }
  LB_INLINE static __m256 signBit(__m256 x) {
    return _mm256_and_ps(x, ofBits((int)0x80000000));
  }

  // Bit 7 of each byte: the signs of a group.
  LB_INLINE static __m256i signs(const float* numbers) {
    __m256i w[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      w[v] = _mm256_castps_si256(load(numbers + v * N).x);
    }
    // Saturation keeps the signs.
    return inOrder(
        _mm256_packs_epi16(_mm256_packs_epi32(w[0], w[1]), _mm256_packs_epi32(w[2], w[3])));
  }

  LB_INLINE static __m256i twice(const uint8_t* table) {
    return _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i*)table));
  }

  // Upper halves of floats, by codes of 4 bits.
  LB_INLINE static void lookUp4(const uint8_t (*bytes)[16], const uint8_t* codes, Vector* out) {
    // In the order in which unpacking, within halves, leaves numbers one behind the other.
    const __m128i order = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
    __m256i c = _mm256_cvtepu8_epi16(_mm_shuffle_epi8(loadHalf(codes), order));
    c = _mm256_and_si256(_mm256_or_si256(c, _mm256_slli_epi16(c, 4)), _mm256_set1_epi8(0xF));
    __m256i low = _mm256_shuffle_epi8(twice(bytes[0]), c);
    __m256i high = _mm256_shuffle_epi8(twice(bytes[1]), c);
    __m256i zero = _mm256_setzero_si256();
    __m256i a = _mm256_unpacklo_epi8(low, high);
    __m256i b = _mm256_unpackhi_epi8(low, high);
    out[0] = _mm256_castsi256_ps(_mm256_unpacklo_epi16(zero, a));
    out[1] = _mm256_castsi256_ps(_mm256_unpackhi_epi16(zero, a));
    out[2] = _mm256_castsi256_ps(_mm256_unpacklo_epi16(zero, b));
    out[3] = _mm256_castsi256_ps(_mm256_unpackhi_epi16(zero, b));
  }

  // Packing works within halves.
  LB_INLINE static __m256i inOrder(__m256i packed) {
    return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  }
};
