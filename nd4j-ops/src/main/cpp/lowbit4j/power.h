// The POWER codebooks on vectors: levels.h, four vectors at a time. Included once per instruction set,
// inside its namespace and target, after its Vector.
//
// An estimate of the root gives c, either the code's level or the one below it; the threshold between
// the two decides.

constexpr float TWO_POW_23 = Lines::TWO_POW_23;

constexpr int GROUP = 4 * Vector::N;

// Scales whose reciprocal is for vectors.
LB_INLINE bool hasReciprocal(float scale) { return scale >= 0x1p-60f && scale <= 0x1p60f; }

// Numbers of a group that are left to be encoded by themselves, a bit for each.
struct Doubts {
  int first;
  uint64_t lanes;
};

// A codec that leaves none.
struct SureCodec {
  LB_INLINE void note(int, Doubts*&) const {}
  LB_INLINE void settle(const Doubts*, const Doubts*, const float*, uint8_t*) const {}
};

struct SignedPower : SureCodec {
  LB_INLINE SignedPower(const Codebook& codebook, float scale, bool slow)
      : reciprocal(codebook.power().units() / scale),
        dithered(slow ? 0x1p30f : Power::DITHERED) {}

  // Whether all numbers are above 64, so that none is between the values 0 and 27 of level 2 and 3.
  static bool isHigh(float smallest, float largest) { return smallest > largest * 0x1p-15f; }

  // Code 0..126 in the lowest byte of each number.
  template <bool HIGH>
  LB_INLINE Vector level(Vector number, Vector fromMiddle, int) const {
    Vector s = magnitude(number) * reciprocal;
    Vector::Mask dithers = Vector::less(s, dithered);
    Vector y = Vector::cubeRootEstimate<HIGH>(HIGH ? s : larger(s, Vector(32.0f)));
    // c - 2, the code of level c, in the lowest bits; h = c + 1/2.
    Vector r = Vector::minusIf(dithers, y, fromMiddle) + Vector(TWO_POW_23 - 2.5f);
    Vector::Mask low = HIGH ? Vector::Mask() : Vector::less(s, Vector(27.0f));
    if (!HIGH) {
      r = Vector::choose(low, Vector(TWO_POW_23), r);
    }
    Vector h = r - Vector(TWO_POW_23 - 2.5f);
    Vector linear(0.75f);
    Vector width(0.25f);
    if (!HIGH) {
      h = Vector::choose(low, Vector(1), h);
      linear = Vector::choose(low, Vector(12.5f), linear);
      width = Vector::choose(low, Vector(24), width);
    }
    // Between c^3 and (c+1)^3, or 0 and 27.
    Vector t = fma(Vector::fmaIf(dithers, fromMiddle, Vector(3), h), h, linear);
    Vector threshold = fma(t, h, Vector::timesIf(dithers, fromMiddle, width));
    return Vector::plusOne(r, Vector::less(threshold, s));
  }

  // The codes of a group.
  LB_INLINE static Vector::Bytes codes(const Vector* levels, const float* numbers) {
    return Vector::withSigns(Vector::pack(levels), numbers);
  }

  LB_INLINE static void decode(const Codebook&, const uint8_t* codes, Vector* out) {
    Vector::decodeSigned(codes, out);
  }

  static constexpr int TOP = 128;
  static constexpr float UNIT = 0x1p-21f;
  Vector reciprocal;
  Vector dithered;
};

// Between c^2 and (c+1)^2, h = c + 1/2.
LB_INLINE Vector squareThreshold(Vector f, Vector h) { return fma(fma(f, Vector(2), h), h, Vector(0.25f)); }

struct UnsignedPower : SureCodec {
  LB_INLINE UnsignedPower(const Codebook& codebook, float scale, bool)
      : reciprocal(codebook.power().units() / scale) {}

  static bool isHigh(float, float) { return true; }

  // 1..254 in the lowest byte of each number.
  template <bool>
  LB_INLINE Vector level(Vector number, Vector f, int) const {
    Vector s = Vector::largerPositive(number * reciprocal, Vector(9.0f));
    // c - 2, the number of level c from 1 on, in the lowest bits; h = c + 1/2.
    Vector r = Vector::rootEstimateMinus(s, f) + Vector(TWO_POW_23 - 2.5f);
    Vector h = r - Vector(TWO_POW_23 - 2.5f);
    return Vector::plusOne(r, Vector::less(squareThreshold(f, h), s));
  }

  // 2^16 times the value of a level.
  LB_INLINE static Vector value(Vector level) {
    Vector j = level - Vector(TWO_POW_23 - 2);
    return j * j;
  }

  // The codes of a group.
  LB_INLINE static Vector::Bytes codes(const Vector* levels, const float*) {
    return Vector::withoutReserved(Vector::pack(levels));
  }

  LB_INLINE static void decode(const Codebook&, const uint8_t* codes, Vector* out) {
    Vector::decodeUnsigned(codes, out);
  }

  static constexpr int TOP = 256;
  static constexpr float UNIT = 0x1p-16f;
  Vector reciprocal;
};

// Of whole groups of codes of 8 bits.
LB_INLINE typename Vector::Sums sumsOfGroups(const uint8_t* codes, int n) {
  typename Vector::Sums sums;
  sums.clear();
  for (int i = 0; i < n; i += GROUP) {
    sums.add(Vector::loadBytes(codes + i));
  }
  return sums;
}

// What all families of 8 bits have alike.
struct Map8 {
  static constexpr int BITS = 8;

  // Whether a moment is stored divided by another one.
  template <class Rule>
  static constexpr bool divides(int) {
    return false;
  }

  LB_INLINE static bool hasReserved(const uint8_t* codes, int n) { return Vector::hasReserved(codes, n); }

  // Of a block's codes, whole groups.
  LB_INLINE static typename Vector::Sums sumsOf(const uint8_t* codes, int n) { return sumsOfGroups(codes, n); }

  // Codes of a block to where they are stored.
  static void store(const uint8_t* codes, int n, uint8_t* at) { memcpy(at, codes, n); }
};

// What a step on vectors must know of a family of codebooks.
struct PowerMap : Map8 {
  template <bool SIGNED>
  using Codec = std::conditional_t<SIGNED, SignedPower, UnsignedPower>;

  static constexpr bool DITHERS = true;
  // Whether a block whose signed numbers are high is encoded in another way.
  static constexpr bool HAS_HIGH = true;

  static bool suits(const Codebook& codebook, Kind kind) {
    const Power& power = codebook.power();
    return codebook.bits() == BITS &&
           power.top == (isSigned(kind) ? SignedPower::TOP : UnsignedPower::TOP) &&
           power.isSigned == isSigned(kind) && codebook.storesRoot() == isSquare(kind);
  }

  static constexpr bool storesRoot(Kind kind) { return isSquare(kind); }

  // What values are multiplied by.
  static constexpr float unit(Kind kind) {
    return isSigned(kind) ? SignedPower::UNIT : UnsignedPower::UNIT;
  }

  // Scales that vectors can encode with.
  LB_INLINE static bool isOrdinary(float scale) { return hasReciprocal(scale); }
};

// Numbers of whole groups, for codebooks of any top.
template <class C>
void encodeGroups(const Codebook& codebook, const float* numbers, int n, float scale, bool slow,
                  uint32_t firstPhase, uint8_t* codes) {
  const Power& power = codebook.power();
  C codec(codebook, scale, slow);
  Vector::Phase phase = Vector::phases(firstPhase);
  for (int i = 0; i < n; i += GROUP) {
    Vector levels[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      Vector x = Vector::load(numbers + i + v * Vector::N);
      levels[v] = codec.template level<false>(x, Vector::fromMiddle(phase, v), v);
    }
    Vector::storeBytes(codes + i,
                       power.isSigned ? C::codes(levels, numbers + i) : Vector::pack(levels));
    phase = Vector::nextGroup(phase);
  }
  if (!power.isSigned) {
    for (int i = 0; i < n; i++) {
      codes[i] = power.unsignedCode(codes[i]);
    }
  }
}

// What Codebook::encodeScaled does with 8 bits.
inline void encodeScaled8(const Codebook& codebook, const float* x, int n, float scale, bool slow,
                         uint32_t phase, uint8_t* codes) {
  const Power& power = codebook.power();
  int whole = power.top != 0 && hasReciprocal(scale) ? n / GROUP * GROUP : 0;
  if (power.isSigned) {
    encodeGroups<SignedPower>(codebook, x, whole, scale, slow, phase, codes);
  } else {
    encodeGroups<UnsignedPower>(codebook, x, whole, scale, slow, phase, codes);
  }
  codebook.encodeScaled(x + whole, n - whole, scale, slow, phase + whole * PHASE_PER_ELEMENT,
                        codes + whole);
}

inline Checksum sumOfCodes(const uint8_t* codes, int n) {
  int whole = n / GROUP * GROUP;
  Checksum checksum = sumsOfGroups(codes, whole).total();
  checksum.addCodes(codes + whole, n - whole, whole / 4);
  return checksum;
}
