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

  LB_INLINE Vector of(Vector x) const {
    Vector q = x * reciprocal_;
    return Vector::fma(Vector::fnma(q, scale_, x), reciprocal_, q);
  }

 private:
  Vector reciprocal_;
  Vector scale_;
};

struct SignedPower {
  // Levels below 34 always dither.
  LB_INLINE SignedPower(float scale, bool slow)
      : quotient(scale, 0x1p21f), dithered(slow ? 0x1p30f : 34.0f * 34 * 34) {}

  LB_INLINE Vector::Bytes encode(const float* numbers, Vector::Phase phase) const {
    Vector s[4], codes[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      s[v] = quotient.of(magnitude(Vector::load(numbers + v * Vector::N)));
    }
    // Rare but where gradients are sparse.
    if (__builtin_expect(Vector::anyBelow(s, 32.0f), 0)) {
      return encodeLow(numbers, phase);
    }
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      Vector f = Vector::keep(Vector::less(s[v], dithered), Vector::fromMiddle(phase, v));
      // c - 2, the code of level c, in the lowest bits; h = c + 1/2.
      Vector r = (Vector::cubeRootEstimate(s[v]) - f) + Vector(TWO_POW_23 - 2.5f);
      Vector h = r - Vector(TWO_POW_23 - 2.5f);
      // Between c^3 and (c+1)^3.
      Vector h2 = h * h;
      Vector middle = (h2 + Vector(0.75f)) * h;
      Vector width = Vector::fma(h2, Vector(3.0f), Vector(0.25f));
      codes[v] = Vector::plusOne(r, Vector::less(middle + f * width, s[v]));
    }
    return Vector::withSigns(Vector::pack(codes), numbers);
  }

  // The same where some of the numbers lie between 0 and 27, the values of level 2 and 3.
  __attribute__((noinline)) Vector::Bytes encodeLow(const float* numbers,
                                                    Vector::Phase phase) const {
    Vector codes[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      Vector s = quotient.of(magnitude(Vector::load(numbers + v * Vector::N)));
      Vector f = Vector::keep(Vector::less(s, dithered), Vector::fromMiddle(phase, v));
      Vector::Mask low = Vector::less(s, Vector(27.0f));
      Vector y = Vector::cubeRootEstimate(larger(s, Vector(32.0f))) - f;
      Vector r = Vector::choose(low, Vector(TWO_POW_23), y + Vector(TWO_POW_23 - 2.5f));
      Vector h = r - Vector(TWO_POW_23 - 2.5f);
      Vector h2 = h * h;
      Vector middle = Vector::choose(low, Vector(13.5f), (h2 + Vector(0.75f)) * h);
      Vector width =
          Vector::choose(low, Vector(27.0f), Vector::fma(h2, Vector(3.0f), Vector(0.25f)));
      codes[v] = Vector::plusOne(r, Vector::less(middle + f * width, s));
    }
    return Vector::withSigns(Vector::pack(codes), numbers);
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
  LB_INLINE UnsignedPower(float scale, bool) : quotient(scale, 0x1p16f) {}

  LB_INLINE Vector::Bytes encode(const float* numbers, Vector::Phase phase) const {
    Vector levels[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      Vector s = quotient.of(Vector::load(numbers + v * Vector::N));
      s = Vector::largerPositive(s, Vector(9.0f));
      Vector f = Vector::fromMiddle(phase, v);
      // c - 2, the number of level c from 1 on, in the lowest bits; h = c + 1/2.
      Vector r = Vector::rootEstimateMinus(s, f) + Vector(TWO_POW_23 - 2.5f);
      Vector h = r - Vector(TWO_POW_23 - 2.5f);
      // Between c^2 and (c+1)^2; f*(2h) is rounded, twice f*h is not rounded again.
      Vector middle = Vector::fma(h, h, Vector(0.25f));
      levels[v] = Vector::plusOne(r, Vector::less(Vector::fma(f * h, Vector(2.0f), middle), s));
    }
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
};

template <bool SIGNED>
struct PowerOf {
  using Type = SignedPower;
};

template <>
struct PowerOf<false> {
  using Type = UnsignedPower;
};
