// The POWER codebooks of 4 bits on vectors: levels4.h, four vectors at a time. Included once per instruction set, inside
// its namespace and target, after power.h.
//
// As in power.h an estimate of the root gives c, and one threshold decides. Numbers are few enough for tables in
// registers: values by code, and what a threshold is made of by level.

struct SignedPower4 : SureCodec {
  LB_INLINE SignedPower4(const Codebook& codebook, float scale, bool)
      : reciprocal(codebook.units() / scale) {}

  static bool isHigh(float, float) { return true; }

  // k = c - 1, 0 for zero, in the lowest bits of each number.
  template <bool>
  LB_INLINE Vector level(Vector number, Vector f, int) const {
    Vector s = magnitude(number) * reciprocal;
    // Where s is 0 the estimate is NaN, and k the other one, 0; where s is so small that the estimate is infinite,
    // its lowest bits are 0, too.
    Vector k = larger(Vector::rootEstimateMinus(s, f) + Vector(TWO_POW_23 - 1.5f), Vector(TWO_POW_23));
    Vector t = Vector::ofPiece(TABLES.values4.middles, k);
    Vector b = Vector::ofPiece(TABLES.values4.offsets, k);
    // Between c^2 and (c+1)^2, or 0 and 4.
    Vector threshold = fma(fma(f, Vector(2), t), t, b);
    return Vector::plusOne(k, Vector::less(threshold, s));
  }

  // The codes of a group.
  LB_INLINE static Vector::Halves codes(const Vector* levels, const float* numbers) {
    return Vector::packPairs(Vector::signedCodes4(Vector::pack(levels), numbers));
  }

  LB_INLINE static void decode(const Codebook&, const uint8_t* codes, Vector* out) {
    Vector::decodeSigned4(codes, out);
  }

  static constexpr int TOP = 8;
  static constexpr float UNIT = 0x1p-6f;
  Vector reciprocal;
};

struct UnsignedPower4 : SureCodec {
  LB_INLINE UnsignedPower4(const Codebook& codebook, float scale, bool)
      : reciprocal(codebook.units() / scale) {}

  static bool isHigh(float, float) { return true; }

  // c - 1, from 1 on, in the lowest bits of each number.
  template <bool>
  LB_INLINE Vector level(Vector number, Vector f, int) const {
    Vector s = Vector::largerPositive(number * reciprocal, Vector(4.0f));
    Vector r = Vector::rootEstimateMinus(s, f) + Vector(TWO_POW_23 - 1.5f);
    Vector h = r - Vector(TWO_POW_23 - 1.5f);
    return Vector::plusOne(r, Vector::less(squareThreshold(f, h), s));
  }

  // 2^8 times the value of a level.
  LB_INLINE static Vector value(Vector level) {
    Vector j = level - Vector(TWO_POW_23 - 1);
    return j * j;
  }

  // The codes of a group.
  LB_INLINE static Vector::Halves codes(const Vector* levels, const float*) {
    return Vector::pairsLess(Vector::packPairs(Vector::pack(levels)), 0x11);
  }

  LB_INLINE static void decode(const Codebook&, const uint8_t* codes, Vector* out) {
    Vector::decodeUnsigned4(codes, out);
  }

  static constexpr int TOP = 16;
  static constexpr float UNIT = 0x1p-8f;
  Vector reciprocal;
};

// What a step on vectors must know of this family of codebooks.
struct PowerMap4 {
  template <bool SIGNED>
  using Codec = std::conditional_t<SIGNED, SignedPower4, UnsignedPower4>;

  static constexpr int BITS = 4;
  static constexpr bool DITHERS = true;
  static constexpr bool HAS_HIGH = false;

  static bool suits(const Codebook& codebook, Kind kind) {
    const Power4 power = codebook.power4();
    return codebook.bits() == BITS &&
           power.top == (isSigned(kind) ? SignedPower4::TOP : UnsignedPower4::TOP) &&
           power.isSigned == isSigned(kind) && codebook.storesRoot() == isSquare(kind);
  }

  static constexpr bool storesRoot(Kind kind) { return isSquare(kind); }

  // Whether a moment is stored divided by another one.
  template <class Rule>
  static constexpr bool divides(int k) {
    return isRelative<Rule>(k);
  }

  // What values are multiplied by.
  static constexpr float unit(Kind kind) {
    return isSigned(kind) ? SignedPower4::UNIT : UnsignedPower4::UNIT;
  }

  // Scales that vectors can encode with.
  LB_INLINE static bool isOrdinary(float scale) { return hasReciprocal(scale); }

  LB_INLINE static bool hasReserved(const uint8_t* codes, int n) { return Vector::hasReserved4(codes, n / 2); }

  // Of a block's codes, whole groups.
  LB_INLINE static typename Vector::Sums sumsOf(const uint8_t* codes, int n) {
    typename Vector::Sums sums;
    sums.clear();
    for (int i = 0; i < n; i += GROUP) {
      sums.add(Vector::loadHalf(codes + i / 2));
    }
    return sums;
  }

  // Codes of a block to where they are stored.
  static void store(const uint8_t* codes, int n, uint8_t* at) { packNibbles(codes, n, at); }
};

// The lowest bytes of numbers' levels, of whole groups.
template <class C>
void levelsOfGroups(const Codebook& codebook, const float* numbers, int n, float scale, uint32_t firstPhase,
                    uint8_t* levels) {
  C codec(codebook, scale, true);
  Vector::Phase phase = Vector::phases(firstPhase);
  for (int i = 0; i < n; i += GROUP) {
    Vector group[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      Vector x = Vector::load(numbers + i + v * Vector::N);
      group[v] = codec.template level<true>(x, Vector::fromMiddle(phase, v), v);
    }
    Vector::storeBytes(levels + i, Vector::pack(group));
    phase = Vector::nextGroup(phase);
  }
}

// Numbers of whole groups, for codebooks of any top.
inline void encodeGroups4(const Codebook& codebook, const float* numbers, int n, float scale, uint32_t phase,
                          uint8_t* codes) {
  const Power4 power = codebook.power4();
  if (power.isSigned) {
    levelsOfGroups<SignedPower4>(codebook, numbers, n, scale, phase, codes);
    for (int i = 0; i < n; i++) {
      codes[i] = power.signedCode(codes[i], bitsOf(numbers[i]) >> 31 != 0);
    }
  } else {
    levelsOfGroups<UnsignedPower4>(codebook, numbers, n, scale, phase, codes);
    for (int i = 0; i < n; i++) {
      codes[i] = power.unsignedCode((uint8_t)(codes[i] - 1));
    }
  }
}

// What Codebook::encodeScaled does, for codebooks of all kinds.
inline void encodeScaled(const Codebook& codebook, const float* x, int n, float scale, bool slow,
                         uint32_t phase, uint8_t* codes) {
  if (codebook.bits() == 8) {
    encodeScaled8(codebook, x, n, scale, slow, phase, codes);
    return;
  }
  int whole = hasReciprocal(scale) ? n / GROUP * GROUP : 0;
  encodeGroups4(codebook, x, whole, scale, phase, codes);
  codebook.encodeScaled(x + whole, n - whole, scale, slow, phase + whole * PHASE_PER_ELEMENT,
                        codes + whole);
}
