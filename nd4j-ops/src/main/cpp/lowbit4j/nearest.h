// Codebooks that encode to the nearest value (DYNAMIC) on vectors: lines.h, four vectors at a time. Included
// once per instruction set, inside its namespace and target, after power.h.

template <bool SIGNED>
class Nearest {
 public:
  LB_INLINE Nearest(const Codebook& codebook, float scale, bool)
      : codebook_(codebook), scale_(scale) {}

  static bool isHigh(float, float) { return true; }

  // The level in the lowest byte of each number of vector v.
  template <bool>
  LB_INLINE Vector level(Vector number, Vector, int v) {
    const Lines& lines = codebook_.lines();
    Vector x = magnitude(number) / Vector(scale_);
    Vector piece = Vector::pieceBefore(x);
    piece = Vector::plusOne(piece, Vector::less(Vector::ofPiece(lines.ends, piece), x));
    Vector y = fma(Vector::ofPiece(lines.slopes, piece), x, Vector::ofPiece(lines.starts, piece));
    Vector r = y + Vector(TWO_POW_23);
    doubtful_[v] = Vector::differ(r, y + Vector(2 * Lines::MARGIN) + Vector(TWO_POW_23));
    return Vector::smallerPositive(r, Vector::ofPiece(lines.highest, piece));
  }

  // The codes of a group.
  LB_INLINE static Vector::Bytes codes(const Vector* levels, const float* numbers) {
    Vector::Bytes bytes = Vector::pack(levels);
    return SIGNED ? Vector::signedLevels(bytes, numbers) : Vector::withoutReserved(bytes);
  }

  // Notes which numbers of the group that begins at i are next to a threshold.
  LB_INLINE void note(int i, Doubts*& end) const {
    uint64_t lanes = Vector::lanes(doubtful_);
    *end = {i, lanes};
    end += lanes != 0;
  }

  // Encodes these by themselves.
  void settle(const Doubts* doubts, const Doubts* end, const float* numbers, uint8_t* codes) const {
    for (; doubts != end; doubts++) {
      for (uint64_t lanes = doubts->lanes; lanes != 0; lanes &= lanes - 1) {
        int i = doubts->first + __builtin_ctzll(lanes);
        codebook_.encodeScaled(numbers + i, 1, scale_, false, 0, codes + i);
      }
    }
  }

  LB_INLINE static void decode(const Codebook& codebook, const uint8_t* codes, Vector* out) {
    Vector::decodeValues(codebook, codes, out);
  }

 private:
  const Codebook& codebook_;
  const float scale_;
  typename Vector::Mask doubtful_[4];
};

// What a step on vectors must know of a family of codebooks.
struct NearestMap : Map8 {
  template <bool SIGNED>
  using Codec = Nearest<SIGNED>;

  static constexpr bool DITHERS = false;
  static constexpr bool HAS_HIGH = false;

  static bool suits(const Codebook& codebook, Kind kind) {
    return codebook.hasLines(isSigned(kind)) && !codebook.storesRoot();
  }

  static constexpr bool storesRoot(Kind) { return false; }

  // What values are multiplied by.
  static constexpr float unit(Kind) { return 1; }

  // Scales that vectors can encode with.
  LB_INLINE static bool isOrdinary(float scale) { return scale > 0 && scale <= LARGEST_FLOAT; }
};
