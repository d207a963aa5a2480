// Steps of 8-bit POWER state on vectors: decode, rule and encode in one sweep. Included once per
// instruction set, inside its namespace and target.
//
// Encoding a block needs its largest number, so it follows one block behind: each turn of the loop
// advances a group of this block and encodes a group of the last one. That keeps the divider and
// the multipliers busy at the same time. Blocks that need more care (a short one, a gradient that
// is not finite, magnitudes that need a factor) go through BlockStep.

constexpr int GROUP = 4 * Vector::N;

template <class Rule, int K>
using Codec = typename PowerOf<isSigned(Rule::kind(K))>::Type;

// What is stored of a moment: roots of squares, but for those that are adapted before.
template <class Rule>
constexpr bool advancesToRoot(int k) {
  return isSquare(Rule::kind(k)) && !(Rule::COMPENSATES && k > 0);
}

// A block whose moments are decoded and advanced by the rule, group by group.
template <class Rule>
struct Advance {
  static constexpr int MOMENTS = Rule::MOMENTS;

  float* gradient;
  const uint8_t* codes[MOMENTS];
  float* numbers[MOMENTS];  // receive what is to be encoded
  float* exact;             // the first moment itself, for rules that compensate
  Vector scales[MOMENTS];
  Vector largest[MOMENTS];
  Vector coefficients[Rule::COEFFICIENTS];

  LB_INLINE void group(int i) {
    Vector moments[4][MOMENTS];
    decode<0>(i, moments);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      int at = i + v * Vector::N;
      Vector* s = moments[v];
      Rule::step(Vector::load(gradient + at), s, coefficients).store(gradient + at);
      for (int k = 0; k < MOMENTS; k++) {
        if (Rule::COMPENSATES && k == 0) {
          s[k].store(exact + at);
        }
        Vector x = advancesToRoot<Rule>(k) ? root(s[k]) : s[k];
        Vector size = isSigned(Rule::kind(k)) ? magnitude(x) : x;
        largest[k] = Vector::largerPositive(largest[k], size);
        x.store(numbers[k] + at);
      }
    }
  }

 private:
  template <int K>
  LB_INLINE void decode(int i, Vector (*moments)[MOMENTS]) {
    Vector values[4];
    Codec<Rule, K>::decode(codes[K] + i, scales[K], values);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      moments[v][K] = isSquare(Rule::kind(K)) ? values[v] * values[v] : values[v];
    }
    if constexpr (K + 1 < MOMENTS) {
      decode<K + 1>(i, moments);
    }
  }
};

// What is needed to encode a moment of a block.
struct Encoding {
  const float* numbers;
  uint8_t* codes;
  float scale;
  uint32_t phase;
  bool slow;
  Checksum sum;
};

// Encodes the moments of a block from K on, group by group.
template <class Rule, int K>
struct Encode {
  struct Nothing {
    LB_INLINE explicit Nothing(const Encoding*) {}
    LB_INLINE void group(int) {}
    LB_INLINE void finish(Encoding*) {}
  };
  static constexpr bool LAST = K + 1 >= Rule::MOMENTS;
  using Rest = std::conditional_t<LAST, Nothing, Encode<Rule, LAST ? K : K + 1>>;

  const float* numbers;
  uint8_t* codes;
  Vector::Phase phase;
  typename Vector::Sums sums;
  Codec<Rule, K> codec;
  Rest rest;

  LB_INLINE explicit Encode(const Encoding* e)
      : numbers(e[K].numbers),
        codes(e[K].codes),
        phase(Vector::phases(e[K].phase)),
        codec(e[K].scale, e[K].slow),
        rest(e) {
    sums.clear();
  }

  LB_INLINE void group(int i) {
    Vector::Bytes bytes = codec.encode(numbers + i, phase);
    Vector::storeBytes(codes + i, bytes);
    sums.add(bytes);
    phase = Vector::nextGroup(phase);
    rest.group(i);
  }

  LB_INLINE void finish(Encoding* e) {
    e[K].sum = sums.total();
    rest.finish(e);
  }
};

template <class Rule>
class FusedSteps {
  static constexpr int MOMENTS = Rule::MOMENTS;
  // The first moment that is encoded one block behind.
  static constexpr int BEHIND = Rule::COMPENSATES ? 1 : 0;

 public:
  explicit FusedSteps(const Step& step)
      : step_(step),
        floor_(Rule::floor(step.coefficients)),
        direct_(step.gradientWords == FLOAT && step.gradientScale == 1),
        careful_(step) {}

  // Whether the state's codebooks are those that vectors compute.
  static bool suits(const Step& step) {
    bool suits = step.bits == 8 && step.stateWords != HALF;
    for (int k = 0; suits && k < MOMENTS; k++) {
      Kind kind = Rule::kind(k);
      suits = step.codebooks[k]->form() ==
                  (isSigned(kind) ? Codebook::SIGNED_POWER : Codebook::UNSIGNED_POWER) &&
              step.codebooks[k]->storesRoot() == isSquare(kind);
    }
    return suits;
  }

  void run(int64_t from, int64_t to, Totals& totals) {
    for (int64_t block = from; block < to; block++) {
      if (step_.length(block) < step_.blockSize || !prepare(block)) {
        finish(totals);
        careful_.run(block, totals);
        continue;
      }
      if (pending_ < 0) {
        sweep<true, false>();
      } else {
        sweep<true, true>();
        total(totals);
      }
      if (!direct_) {
        storeUpdate(block);
      }
      settle(block, totals);
    }
    finish(totals);
  }

 private:
  const Step& step_;
  const float floor_;
  const bool direct_;

  // Rows a multiple of 4 KiB apart would collide: the CPU compares stores and loads by 12 bits first.
  static constexpr int APART = 208;

  // The block being advanced.
  float* gradient_;
  uint8_t* codes_[MOMENTS];
  float scales_[MOMENTS];
  float largest_[MOMENTS];
  int turn_ = 0;

  // The block to be encoded, or -1.
  int64_t pending_ = -1;
  Encoding encodings_[MOMENTS];

  alignas(64) float staged_[LARGEST_BLOCK];
  alignas(64) float exact_[Rule::COMPENSATES ? LARGEST_BLOCK : 1];
  alignas(64) float numbers_[2][MOMENTS][LARGEST_BLOCK + APART];
  BlockStep<Rule, Vector> careful_;

  // Reads the gradient's largest magnitude and the scales; false if the block needs more care.
  bool prepare(int64_t block) {
    const int n = step_.blockSize;
    gradient_ = direct_ ? (float*)step_.gradientAt(block * n) : stageGradient(block);
    Vector magnitudes(0.0f);
    for (int i = 0; i < n; i += Vector::N) {
      magnitudes = Vector::largerPositive(magnitudes, magnitude(Vector::load(gradient_ + i)));
    }
    float largest = magnitudes.largestPositive();
    if (!isFinite(largest)) {
      return false;
    }
    largest = larger(largest, floor_);
    for (int k = 0; k < MOMENTS; k++) {
      float scale = read<float>(step_.scaleAt(k, block));
      // Products with a value times a power of two are then the same as with the value.
      if (scale != 0 && !(scale >= 0x1p-100f && scale <= 0x1p100f)) {
        return false;
      }
      if (degree(Rule::kind(k)) > 0) {
        largest = larger(largest, scale);
      }
      scales_[k] = scale;
      codes_[k] = step_.valuesAt(k, block);
    }
    return needsNoFactor(largest);
  }

  float* stageGradient(int64_t block) {
    const int n = step_.blockSize;
    const uint8_t* at = step_.gradientAt(block * n);
    for (int i = 0; i < n; i++) {
      staged_[i] = readWord(step_.gradientWords, at + (int64_t)i * bytesOf(step_.gradientWords)) *
                   step_.gradientScale;
    }
    return staged_;
  }

  void storeUpdate(int64_t block) {
    uint8_t* at = step_.gradientAt(block * step_.blockSize);
    for (int i = 0; i < step_.blockSize; i++) {
      writeWord(step_.gradientWords, at + (int64_t)i * bytesOf(step_.gradientWords), staged_[i]);
    }
  }

  // Advances the present block, or encodes the pending one, or both.
  template <bool ADVANCE, bool ENCODE>
  __attribute__((noinline)) void sweep() {
    const int n = step_.blockSize;
    if constexpr (ADVANCE && ENCODE) {
      Advance<Rule> advance = advancing();
      Encode<Rule, BEHIND> encode(encodings_);
      for (int i = 0; i < n; i += GROUP) {
        advance.group(i);
        encode.group(i);
      }
      advanced(advance);
      encode.finish(encodings_);
    } else if constexpr (ADVANCE) {
      Advance<Rule> advance = advancing();
      for (int i = 0; i < n; i += GROUP) {
        advance.group(i);
      }
      advanced(advance);
    } else {
      Encode<Rule, BEHIND> encode(encodings_);
      for (int i = 0; i < n; i += GROUP) {
        encode.group(i);
      }
      encode.finish(encodings_);
    }
  }

  LB_INLINE Advance<Rule> advancing() {
    Advance<Rule> a;
    a.gradient = gradient_;
    a.exact = exact_;
    for (int k = 0; k < MOMENTS; k++) {
      a.codes[k] = codes_[k];
      a.numbers[k] = numbers_[turn_][k];
      a.scales[k] = Vector(scales_[k] * unit(k));
      a.largest[k] = Vector(0.0f);
    }
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      a.coefficients[i] = Vector(step_.coefficients[i]);
    }
    return a;
  }

  LB_INLINE void advanced(const Advance<Rule>& a) {
    for (int k = 0; k < MOMENTS; k++) {
      largest_[k] = a.largest[k].largestPositive();
    }
  }

  static constexpr float unit(int k) {
    return isSigned(Rule::kind(k)) ? SignedPower::UNIT : UnsignedPower::UNIT;
  }

  // The block that was advanced becomes the pending one, or is encoded at once if its scales are
  // not for vectors.
  void settle(int64_t block, Totals& totals) {
    bool vectors = true;
    for (int k = 0; k < MOMENTS; k++) {
      Encoding& e = encodings_[k];
      e.numbers = numbers_[turn_][k];
      e.codes = codes_[k];
      e.phase = phaseOf(block * step_.blockSize, step_.iteration, k);
      e.slow = step_.slow[k];
      e.scale = largest_[k];
      if constexpr (Rule::COMPENSATES) {
        if (k == 0) {
          compensate();
          continue;
        }
      }
      vectors &= Quotient::covers(e.scale);
    }
    pending_ = block;
    turn_ ^= 1;
    if (!vectors) {
      for (int k = BEHIND; k < MOMENTS; k++) {
        encodeCarefully(k);
      }
      total(totals);
      pending_ = -1;
    }
  }

  void encodeCarefully(int k) {
    Encoding& e = encodings_[k];
    step_.codebooks[k]->encodeScaled(e.numbers, step_.blockSize, e.scale, e.slow, e.phase, e.codes);
    e.sum = Checksum();
    e.sum.addCodes(e.codes, step_.blockSize);
  }

  // Encodes the first moment at once, and adapts the second one to what was stored.
  void compensate() {
    Encoding& e = encodings_[0];
    if (Quotient::covers(e.scale)) {
      Vector::Phase phase = Vector::phases(e.phase);
      typename Vector::Sums sums;
      sums.clear();
      Codec<Rule, 0> codec(e.scale, e.slow);
      for (int i = 0; i < step_.blockSize; i += GROUP) {
        Vector::Bytes bytes = codec.encode(e.numbers + i, phase);
        phase = Vector::nextGroup(phase);
        Vector::storeBytes(e.codes + i, bytes);
        sums.add(bytes);
      }
      e.sum = sums.total();
    } else {
      encodeCarefully(0);
    }
    Vector c[Rule::COEFFICIENTS];
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      c[i] = Vector(step_.coefficients[i]);
    }
    Vector scale(e.scale * unit(0));
    Vector largest(0.0f);
    float* second = numbers_[turn_][1];
    for (int i = 0; i < step_.blockSize; i += GROUP) {
      Vector stored[4];
      Codec<Rule, 0>::decode(e.codes + i, scale, stored);
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        int at = i + v * Vector::N;
        Vector x = root(Rule::compensated(Vector::load(exact_ + at), stored[v] * stored[v],
                                          Vector::load(second + at), c));
        largest = Vector::largerPositive(largest, x);
        x.store(second + at);
      }
    }
    largest_[1] = largest.largestPositive();
  }

  void finish(Totals& totals) {
    if (pending_ >= 0) {
      sweep<false, true>();
      total(totals);
      pending_ = -1;
    }
  }

  // Stores the scales of the block that is encoded now, and adds it to the checksum.
  void total(Totals& totals) {
    for (int k = 0; k < MOMENTS; k++) {
      const Encoding& e = encodings_[k];
      write(step_.scaleAt(k, pending_), e.scale);
      totals.checksum += e.sum.finish(k, pending_, e.scale);
    }
  }
};
