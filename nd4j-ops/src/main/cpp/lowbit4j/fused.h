// Steps of 8-bit state on vectors: decode and rule in one sweep over a block, encode in another.
// Included once per instruction set, inside its namespace and target.
//
// Encoding a block needs its largest number, so it follows one block behind: nothing waits then for
// that number to be found. Blocks that need more care (a short one, a gradient that is not finite,
// magnitudes that need a factor) go through BlockStep.

template <class Rule, class Map>
class FusedSteps {
  static constexpr int MOMENTS = Rule::MOMENTS;
  // The first moment that is encoded one block behind.
  static constexpr int BEHIND = Rule::COMPENSATES ? 1 : 0;
  // Whether both sweeps are one loop, which keeps the divider busy while numbers are encoded. Rules
  // that do not divide gain nothing, and three moments need more registers than there are.
  static constexpr bool TOGETHER = MOMENTS - BEHIND <= 2 && !isSigned(Rule::kind(MOMENTS - 1));
  // Whether else the block ahead is advanced first, so that encoding follows on no largest number that
  // was found just now. Where memory is fetched, it comes late then.
  static constexpr bool AHEAD_FIRST = MOMENTS == 1 && !FETCHES;

 public:
  explicit FusedSteps(const Step& step)
      : step_(step),
        floor_(Rule::floor(step.coefficients)),
        direct_(step.gradientWords == FLOAT && step.gradientScale == 1),
        careful_(step) {
    for (int k = 0; k < MOMENTS; k++) {
      encodings_[k].codebook = step.codebooks[k];
      encodings_[k].slow = step.slow[k];
      encodings_[k].doubts = doubts_[k];
    }
  }

  // Whether the state's codebooks are those that vectors compute.
  static bool suits(const Step& step) {
    bool suits = step.bits == 8 && step.stateWords != HALF;
    for (int k = 0; suits && k < MOMENTS; k++) {
      suits = Map::suits(*step.codebooks[k], Rule::kind(k));
    }
    return suits;
  }

  void run(int64_t from, int64_t to, Totals& totals) {
    for (int64_t block = from; block < to; block++) {
      bool ready = step_.length(block) == step_.blockSize && prepare(block);
      // After the next block's gradient is read, as this begins with waiting for largest numbers.
      settle(totals);
      if (!ready) {
        finish(totals);
        careful_.run(block, totals);
        continue;
      }
      if (pending_ < 0) {
        sweep(block);
      } else {
        if constexpr (TOGETHER) {
          sweepBoth(block);
        } else if constexpr (AHEAD_FIRST) {
          sweep(block);
          encode<BEHIND, MOMENTS, true>();
        } else {
          encode<BEHIND, MOMENTS, true>();
          sweep(block);
        }
        total(totals);
      }
      if (!direct_) {
        storeUpdate(block);
      }
      note(block);
    }
    settle(totals);
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

  // The block that was advanced and is not settled yet, or -1.
  int64_t advanced_ = -1;

  // The block to be encoded, or -1, and where the dither stands at its first element.
  int64_t pending_ = -1;
  uint32_t phase_;
  Encoding encodings_[MOMENTS];

  // The block to be added to the checksum, or -1.
  struct Tally {
    float scale;
    typename Vector::Sums sums;
  };
  int64_t tallied_ = -1;
  Tally tallies_[MOMENTS];

  Doubts doubts_[MOMENTS][Map::DITHERS ? 1 : LARGEST_BLOCK / GROUP];
  alignas(64) float staged_[LARGEST_BLOCK];
  Compensation<Rule> compensation_;
  alignas(64) float numbers_[2][MOMENTS][LARGEST_BLOCK + APART];
  BlockStep<Rule, Vector> careful_;

  // Reads the gradient's size and the scales; false if the block needs more care.
  bool prepare(int64_t block) {
    const int n = step_.blockSize;
    gradient_ = direct_ ? (float*)step_.gradientAt(block * n) : stageGradient(block);
    float square = sumOfSquares();
    // Larger numbers, or some that are not finite.
    if (!(square < LARGE * LARGE / 2)) {
      return false;
    }
    float largest = floor_;
    for (int k = 0; k < MOMENTS; k++) {
      float scale = read<float>(step_.scaleAt(k, block));
      // Products with a value times a power of two are then the same as with the value.
      if (scale != 0 && !(scale >= 0x1p-100f && scale <= 0x1p100f)) {
        return false;
      }
      int d = degree(Rule::kind(k));
      if (d > 0) {
        largest = larger(largest, d == 2 && !Map::storesRoot(Rule::kind(k)) ? root(scale) : scale);
      }
      scales_[k] = scale;
      codes_[k] = step_.valuesAt(k, block);
    }
    if (largest < SMALL && square < SMALL * SMALL * LARGEST_BLOCK) {
      largest = larger(largest, largestMagnitude(gradient_, n));
      return needsNoFactor(largest);
    }
    return largest < LARGE;
  }

  // Of the gradient, each lane by itself, and the largest lane: one operation per vector.
  float sumOfSquares() const {
    Vector even(0.0f);
    Vector odd(0.0f);
    for (int i = 0; i < step_.blockSize; i += 2 * Vector::N) {
      Vector g = Vector::load(gradient_ + i);
      Vector h = Vector::load(gradient_ + i + Vector::N);
      even = fma(g, g, even);
      odd = fma(h, h, odd);
    }
    // A NaN may have a sign.
    return Vector::largerPositive(magnitude(even), magnitude(odd)).largestPositive();
  }

  float* stageGradient(int64_t block) {
    loadWords(step_.gradientWords, step_.gradientAt(block * step_.blockSize), step_.blockSize,
              step_.gradientScale, staged_);
    return staged_;
  }

  void storeUpdate(int64_t block) {
    storeWords(step_.gradientWords, staged_, step_.blockSize,
               step_.gradientAt(block * step_.blockSize));
  }

  // Advances the present block.
  __attribute__((noinline)) void sweep(int64_t block) {
    Advance<Rule, Map> advance = advancing();
    Ahead<MOMENTS> ahead(step_, block);
    for (int i = 0; i < step_.blockSize; i += GROUP) {
      advance.decodeGroup(i);
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        ahead.fetch(i, v);
        advance.vector(i, v);
      }
    }
    advanced(advance);
  }

  // Advances the present block and encodes the pending one, whose signed moments are high.
  __attribute__((noinline)) void sweepBoth(int64_t block) {
    Advance<Rule, Map> advance = advancing();
    Ahead<MOMENTS> ahead(step_, block);
    Encode<Rule, Map, BEHIND, MOMENTS, true> encode(encodings_);
    Vector::Phase phase = Vector::phases(phase_);
    for (int i = 0; i < step_.blockSize; i += GROUP) {
      advance.decodeGroup(i);
      // By turns, as the CPU looks ahead a few vectors only.
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        encode.vector(i, v, dither(phase, i, v));
        ahead.fetch(i, v);
        advance.vector(i, v);
      }
      encode.storeGroup(i);
      phase = Vector::nextGroup(phase);
    }
    advanced(advance);
    encode.finish(encodings_, step_.blockSize);
  }

  // Of vector v of the pending block's group that begins at i.
  LB_INLINE Vector dither(Vector::Phase phase, int i, int v) const {
    if constexpr (Rule::COMPENSATES) {
      return compensation_.dither(i, v);
    } else {
      return Vector::fromMiddle(phase, v);
    }
  }

  // Encodes moments of the pending block; HIGH: signed ones are known to be high.
  template <int FROM, int END, bool HIGH>
  __attribute__((noinline)) void encode() {
    Encode<Rule, Map, FROM, END, HIGH> encode(encodings_);
    Vector::Phase phase = Vector::phases(phase_);
    for (int i = 0; i < step_.blockSize; i += GROUP) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        encode.vector(i, v, Vector::fromMiddle(phase, v));
      }
      encode.storeGroup(i);
      phase = Vector::nextGroup(phase);
    }
    encode.finish(encodings_, step_.blockSize);
  }

  LB_INLINE Advance<Rule, Map> advancing() {
    Advance<Rule, Map> a;
    a.gradient = gradient_;
    a.codebooks = step_.codebooks;
    if constexpr (Rule::COMPENSATES) {
      a.inverses = compensation_.inverses();
    }
    for (int k = 0; k < MOMENTS; k++) {
      a.codes[k] = codes_[k];
      a.numbers[k] = numbers_[turn_][k];
      a.scales[k] = Vector(scales_[k] * Map::unit(Rule::kind(k)));
      a.largest[k] = Vector(0.0f);
      a.smallest[k] = Vector(LARGEST_FLOAT);
    }
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      a.coefficients[i] = Vector(step_.coefficients[i]);
    }
    return a;
  }

  LB_INLINE void advanced(const Advance<Rule, Map>& a) {
    for (int k = 0; k < MOMENTS; k++) {
      largest_[k] = a.largest[k].largestPositive();
      bool matters = Map::DITHERS && isSigned(Rule::kind(k));
      smallest_[k] = matters ? a.smallest[k].smallestPositive() : 0;
    }
  }

  // The present block was advanced.
  void note(int64_t block) {
    advanced_ = block;
    phase_ = phaseOf(block * step_.blockSize, step_.iteration);
    for (int k = 0; k < MOMENTS; k++) {
      Encoding& e = encodings_[k];
      e.numbers = numbers_[turn_][k];
      e.codes = codes_[k];
      e.scale = largest_[k];
    }
  }

  // The block that was advanced becomes the pending one, or is encoded at once if it has very small
  // moments, as sparse gradients make them, or scales that are not for vectors.
  void settle(Totals& totals) {
    if (advanced_ < 0) {
      return;
    }
    bool vectors = true;
    bool high = true;
    if constexpr (Rule::COMPENSATES) {
      compensate();
    }
    for (int k = BEHIND; k < MOMENTS; k++) {
      const Encoding& e = encodings_[k];
      vectors &= Map::isOrdinary(e.scale);
      high &= !isSigned(Rule::kind(k)) || Map::template Codec<true>::isHigh(smallest_[k], e.scale);
    }
    pending_ = advanced_;
    advanced_ = -1;
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
    step_.codebooks[k]->encodeScaled(e.numbers, step_.blockSize, e.scale, e.slow, phase_, e.codes);
    // As BlockStep does where moments overflow.
    e.scale = multiply(e.scale, 1, 0);
    e.sums = sumsOfGroups(e.codes, step_.blockSize);
  }

  // Encodes the first moment at once, and adapts the second one to what was stored.
  void compensate() {
    Encoding& first = encodings_[0];
    bool ordinary = hasReciprocal(first.scale);
    if (!ordinary) {
      encodeCarefully(0);
    }
    encodings_[1].scale =
        compensation_.run(step_, phase_, first, !ordinary, numbers_[turn_][1]);
  }

  void finish(Totals& totals) {
    if (pending_ >= 0) {
      encode<BEHIND, MOMENTS, false>();
      total(totals);
      pending_ = -1;
    }
    tally(totals);
  }

  // Stores the scales of the block that is encoded now, and notes its sums.
  void total(Totals& totals) {
    tally(totals);
    tallied_ = pending_;
    for (int k = 0; k < MOMENTS; k++) {
      const Encoding& e = encodings_[k];
      write(step_.scaleAt(k, pending_), e.scale);
      tallies_[k].scale = e.scale;
      tallies_[k].sums = e.sums;
    }
  }

  // Adds a block to the checksum. This is a chain of operations, each waiting for the one before: done
  // a block later, when its sums are long known, nothing else waits for it.
  void tally(Totals& totals) {
    for (int k = 0; tallied_ >= 0 && k < MOMENTS; k++) {
      totals.checksum += tallies_[k].sums.total().finish(k, tallied_, tallies_[k].scale);
    }
    tallied_ = -1;
  }
};
