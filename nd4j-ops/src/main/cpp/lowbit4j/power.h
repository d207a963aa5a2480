// The POWER codebooks on vectors. A group is 4 vectors, 4N numbers. Included once per instruction
// set, inside its namespace and target, after its Vector.
//
// Numbers are scaled such that values are whole: j^2, j in 3..256, or j^3, j in 3..128, and 0. An
// estimate of the root gives c, either the code's level or the one below it. The threshold between
// the two is then computed as the contract says; scaling by a power of two changes no rounding, and
// what is fused here is exact.

constexpr float TWO_POW_23 = 0x1p23f;

// x / scale times a power of two by the reciprocal, correctly rounded: one Newton step on the
// quotient suffices when the reciprocal is (checked for all mantissas by the self-check), and
// nothing underflows.
class Quotient {
 public:
  LB_INLINE Quotient(float scale, float power)
      : reciprocal_((1.0f / scale) * power), scale_(scale * (1.0f / power)) {}

  // Scales for which that is so, or quotients too small to matter.
  static bool covers(float scale) { return scale >= 0x1p-60f && scale <= 0x1p60f; }

  // Nearly the quotient.
  LB_INLINE Vector estimate(Vector x) const { return x * reciprocal_; }

  LB_INLINE Vector exact(Vector x, Vector estimate) const {
    return Vector::fma(Vector::fnma(estimate, scale_, x), reciprocal_, estimate);
  }

 private:
  Vector reciprocal_;
  Vector scale_;
};

struct SignedPower {
  // Levels below 34 always dither.
  LB_INLINE SignedPower(float scale, bool slow)
      : quotient(scale, 0x1p21f), dithered(slow ? 0x1p30f : 34.0f * 34 * 34) {}

  // Whether no number but 0 lies below the level of 32, so that none is between the values 0 and 27
  // of level 2 and 3.
  static bool isHigh(float smallest, float largest) { return smallest > largest * 0x1p-15f; }

  // Code 0..126 in the lowest byte of each number.
  template <bool HIGH>
  LB_INLINE Vector level(Vector number, Vector fromMiddle) const {
    Vector x = magnitude(number);
    // What need not be exact is taken from the estimate: near 34^3 both dithers have one result.
    Vector estimate = quotient.estimate(x);
    Vector s = quotient.exact(x, estimate);
    Vector f = Vector::keep(Vector::less(estimate, dithered), fromMiddle);
    Vector y = Vector::cubeRootEstimate(HIGH ? estimate : larger(estimate, Vector(32.0f))) - f;
    // c - 2, the code of level c, in the lowest bits; h = c + 1/2.
    Vector r = y + Vector(TWO_POW_23 - 2.5f);
    Vector::Mask low = HIGH ? Vector::Mask() : Vector::less(s, Vector(27.0f));
    if (!HIGH) {
      r = Vector::choose(low, Vector(TWO_POW_23), r);
    }
    Vector h = r - Vector(TWO_POW_23 - 2.5f);
    // Between c^3 and (c+1)^3, or 0 and 27.
    Vector h2 = h * h;
    Vector middle = (h2 + Vector(0.75f)) * h;
    Vector width = Vector::fma(h2, Vector(3.0f), Vector(0.25f));
    if (!HIGH) {
      middle = Vector::choose(low, Vector(13.5f), middle);
      width = Vector::choose(low, Vector(27.0f), width);
    }
    return Vector::plusOne(r, Vector::less(middle + f * width, s));
  }

  // The codes of a group.
  LB_INLINE static Vector::Bytes codes(const Vector* levels, const float* numbers) {
    return Vector::withSigns(Vector::pack(levels), numbers);
  }

  LB_INLINE static void decode(const uint8_t* codes, Vector scale, Vector* out) {
    Vector::decodeSigned(codes, out);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      out[v] = out[v] * scale;
    }
  }

  static constexpr float UNIT = 0x1p-21f;
  Quotient quotient;
  Vector dithered;
};

struct UnsignedPower {
  LB_INLINE UnsignedPower(float scale, bool)
      : quotient(scale, 0x1p16f), lowest(scale * (9 * 0x1p-16f)) {}

  static bool isHigh(float, float) { return true; }

  // 1..254 in the lowest byte of each number.
  template <bool>
  LB_INLINE Vector level(Vector number, Vector f) const {
    // Below the lowest value its code; next to it rounding does not decide.
    Vector x = Vector::largerPositive(number, lowest);
    Vector estimate = quotient.estimate(x);
    Vector s = quotient.exact(x, estimate);
    // c - 2, the number of level c from 1 on, in the lowest bits; h = c + 1/2.
    Vector r = Vector::rootEstimateMinus(estimate, f) + Vector(TWO_POW_23 - 2.5f);
    Vector h = r - Vector(TWO_POW_23 - 2.5f);
    // Between c^2 and (c+1)^2; f*(2h) is rounded, twice f*h is not rounded again.
    Vector middle = Vector::fma(h, h, Vector(0.25f));
    return Vector::plusOne(r, Vector::less(Vector::fma(f * h, Vector(2.0f), middle), s));
  }

  // The codes of a group.
  LB_INLINE static Vector::Bytes codes(const Vector* levels, const float*) {
    return Vector::withoutReserved(Vector::pack(levels));
  }

  LB_INLINE static void decode(const uint8_t* codes, Vector scale, Vector* out) {
    Vector::decodeUnsigned(codes, out);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      out[v] = out[v] * scale;
    }
  }

  static constexpr float UNIT = 0x1p-16f;
  Quotient quotient;
  Vector lowest;
};

template <bool SIGNED>
struct PowerOf {
  using Type = SignedPower;
};

template <>
struct PowerOf<false> {
  using Type = UnsignedPower;
};
