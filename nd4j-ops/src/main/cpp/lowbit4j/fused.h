// Steps of 8-bit POWER state on vectors: decode, rule and encode in one sweep. Included once per
// instruction set, inside its namespace and target.
//
// Encoding a block needs its largest number, so it follows one block behind: each turn of the loop
// advances a vector of this block and encodes one of the last. That keeps the divider and the
// multipliers busy at the same time. Blocks that need more care (a short one, a gradient that is not
// finite, magnitudes that need a factor) go through BlockStep.

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
  Vector smallest[MOMENTS];  // of signed moments
  Vector coefficients[Rule::COEFFICIENTS];

  Vector moments[4][MOMENTS];

  LB_INLINE void decodeGroup(int i) { decode<0>(i); }

  // Vector v of the group that begins at i.
  LB_INLINE void vector(int i, int v) {
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
      if (isSigned(Rule::kind(k))) {
        smallest[k] = Vector::smallerPositive(smallest[k], size);
      }
      x.store(numbers[k] + at);
    }
  }

 private:
  template <int K>
  LB_INLINE void decode(int i) {
    Vector values[4];
    Codec<Rule, K>::decode(codes[K] + i, scales[K], values);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      moments[v][K] = isSquare(Rule::kind(K)) ? values[v] * values[v] : values[v];
    }
    if constexpr (K + 1 < MOMENTS) {
      decode<K + 1>(i);
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

// Encodes the moments of a block from K to END, group by group. HIGH: signed ones are known to be high.
template <class Rule, int K, int END, bool HIGH>
struct Encode {
  struct Nothing {
    LB_INLINE explicit Nothing(const Encoding*) {}
    LB_INLINE void vector(int, int) {}
    LB_INLINE void storeGroup(int) {}
    LB_INLINE void finish(Encoding*) {}
  };
  static constexpr bool LAST = K + 1 == END;
  using Rest = std::conditional_t<LAST, Nothing, Encode<Rule, LAST ? K : K + 1, END, HIGH>>;

  const float* numbers;
  uint8_t* codes;
  Vector::Phase phase;
  typename Vector::Sums sums;
  Codec<Rule, K> codec;
  Vector levels[4];
  Rest rest;

  LB_INLINE explicit Encode(const Encoding* e)
      : numbers(e[K].numbers),
        codes(e[K].codes),
        phase(Vector::phases(e[K].phase)),
        codec(e[K].scale, e[K].slow),
        rest(e) {
    sums.clear();
  }

  LB_INLINE void vector(int i, int v) {
    Vector x = Vector::load(numbers + i + v * Vector::N);
    levels[v] = codec.template level<HIGH>(x, Vector::fromMiddle(phase, v));
    rest.vector(i, v);
  }

  LB_INLINE void storeGroup(int i) {
    Vector::Bytes bytes = Codec<Rule, K>::codes(levels, numbers + i);
    Vector::storeBytes(codes + i, bytes);
    sums.add(bytes);
    phase = Vector::nextGroup(phase);
    rest.storeGroup(i);
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
        sweep();
      } else {
        sweepBoth();
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
  float smallest_[MOMENTS];
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

  // Advances the present block.
  __attribute__((noinline)) void sweep() {
    Advance<Rule> advance = advancing();
    for (int i = 0; i < step_.blockSize; i += GROUP) {
      advance.decodeGroup(i);
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        advance.vector(i, v);
      }
    }
    advanced(advance);
  }

  // Advances the present block and encodes the pending one, whose signed moments are high.
  __attribute__((noinline)) void sweepBoth() {
    Advance<Rule> advance = advancing();
    Encode<Rule, BEHIND, MOMENTS, true> encode(encodings_);
    for (int i = 0; i < step_.blockSize; i += GROUP) {
      advance.decodeGroup(i);
      // By turns, as the CPU looks ahead a few vectors only.
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        encode.vector(i, v);
        advance.vector(i, v);
      }
      encode.storeGroup(i);
    }
    advanced(advance);
    encode.finish(encodings_);
  }

  // Encodes moments of the block that was advanced last.
  template <int FROM, int END>
  __attribute__((noinline)) void encodeOnly() {
    Encode<Rule, FROM, END, false> encode(encodings_);
    for (int i = 0; i < step_.blockSize; i += GROUP) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        encode.vector(i, v);
      }
      encode.storeGroup(i);
    }
    encode.finish(encodings_);
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
      a.smallest[k] = Vector(LARGEST_FLOAT);
    }
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      a.coefficients[i] = Vector(step_.coefficients[i]);
    }
    return a;
  }

  LB_INLINE void advanced(const Advance<Rule>& a) {
    for (int k = 0; k < MOMENTS; k++) {
      largest_[k] = a.largest[k].largestPositive();
      smallest_[k] = isSigned(Rule::kind(k)) ? a.smallest[k].smallestPositive() : 0;
    }
  }

  static constexpr float unit(int k) {
    return isSigned(Rule::kind(k)) ? SignedPower::UNIT : UnsignedPower::UNIT;
  }

  // The block that was advanced becomes the pending one, or is encoded at once if it has very small
  // moments, as sparse gradients make them, or scales that are not for vectors.
  void settle(int64_t block, Totals& totals) {
    bool vectors = true;
    bool high = true;
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
      high &= !isSigned(Rule::kind(k)) || SignedPower::isHigh(smallest_[k], e.scale);
    }
    pending_ = block;
    turn_ ^= 1;
    if (!vectors) {
      for (int k = BEHIND; k < MOMENTS; k++) {
        encodeCarefully(k);
      }
      total(totals);
      pending_ = -1;
    } else if (!high) {
      finish(totals);
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
      encodeOnly<0, 1>();
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
      encodeOnly<BEHIND, MOMENTS>();
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
