// Steps of 8-bit and 4-bit state on vectors. Included once per instruction set, inside its namespace and target.
//
// Blocks move through a pipeline, so that nothing waits for what was computed last:
//
//   load      the gradient and its size, scales        block b
//   update    decode, rule: new moments, the largest   block b      one sweep, UpdateSweep
//   scale     the largest is the new scale             block b - 1  when b is loaded
//   encode    moments to codes                         block b - 1  one sweep, EncodeSweep
//   store     scales                                   block b - 1
//   checksum  sums of scales and codes                 block b - 2
//
// The sweeps of b and b - 1 are by turns, or one loop. A block that needs more care (a short one, a
// gradient that is not finite, magnitudes that need a factor) empties the pipeline and goes through
// BlockStep.

template <class Rule, class Map>
class FusedSteps {
  static constexpr int MOMENTS = Rule::MOMENTS;
  // The first moment that is encoded one block behind.
  static constexpr int BEHIND = Rule::COMPENSATES ? 1 : 0;
  // Whether both sweeps are one loop, which keeps the divider busy while numbers are encoded. Rules
  // that do not divide gain nothing, and three moments need more registers than there are.
  static constexpr bool TOGETHER = MOMENTS - BEHIND <= 2 && !isSigned(Rule::kind(MOMENTS - 1));
  // Whether else the block ahead is updated first, so that encoding follows on no largest number that
  // was found just now. Where memory is fetched, it comes late then.
  static constexpr bool UPDATE_FIRST = MOMENTS == 1 && !FETCHES;

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
    bool suits = step.bits == Map::BITS && step.stateWords != HALF;
    for (int k = 0; suits && k < MOMENTS; k++) {
      suits = Map::suits(*step.codebooks[k], Rule::kind(k));
    }
    return suits;
  }

  void run(int64_t from, int64_t to, Totals& totals) {
    for (int64_t block = from; block < to; block++) {
      bool vectors = step_.length(block) == step_.blockSize && load(block);
      // After the next block's gradient is read, as this begins with waiting for largest numbers.
      scale(totals);
      if (!vectors) {
        empty(totals);
        careful_.run(block, totals);
        continue;
      }
      if (scaled_ < 0) {
        update(block);
      } else {
        if constexpr (TOGETHER) {
          updateAndEncode(block);
        } else if constexpr (UPDATE_FIRST) {
          update(block);
          encode<BEHIND, MOMENTS, true>();
        } else {
          encode<BEHIND, MOMENTS, true>();
          update(block);
        }
        store(totals);
      }
      if (!direct_) {
        storeUpdate(block);
      }
      passOn(block);
    }
    scale(totals);
    empty(totals);
  }

 private:
  const Step& step_;
  const float floor_;
  const bool direct_;

  // Rows a multiple of 4 KiB apart would collide: the CPU compares stores and loads by 12 bits first.
  static constexpr int APART = 208;

  // The block that is loaded and updated.
  float* gradient_;
  uint8_t* codes_[MOMENTS];
  float scales_[MOMENTS];
  float largest_[MOMENTS];
  float smallest_[MOMENTS];
  int turn_ = 0;

  // The block that is updated and has no scales yet, or -1.
  int64_t updated_ = -1;

  // The block before, which has its scales, or -1; encoded and stored when the next one is updated.
  int64_t scaled_ = -1;

  // Of the one of these two that comes next: where the dither stands at its first element.
  uint32_t phase_;
  Encoding encodings_[MOMENTS];

  // The block that is stored and not in the checksum yet, or -1.
  struct Stored {
    float scale;
    typename Vector::Sums sums;
  };
  int64_t stored_ = -1;
  Stored storedMoments_[MOMENTS];

  Doubts doubts_[MOMENTS][Map::DITHERS ? 1 : LARGEST_BLOCK / GROUP];
  alignas(64) float staged_[LARGEST_BLOCK];
  Compensation<Rule, Map> compensation_;
  alignas(64) float numbers_[2][MOMENTS][LARGEST_BLOCK + APART];
  BlockStep<Rule, Vector> careful_;

  // False if the block needs more care.
  bool load(int64_t block) {
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
      int d = Map::template divides<Rule>(k) ? 0 : degree(Rule::kind(k));
      if (d > 0) {
        largest = larger(largest, d == 2 && !Map::storesRoot(Rule::kind(k)) ? root(scale) : scale);
      }
      scales_[k] = scale;
      codes_[k] = step_.valuesAt(k, block);
      if (Map::hasReserved(codes_[k], n)) {
        return false;
      }
    }
    if (Map::BITS == 4 && !(relativeBound<Rule>(scales_) < LARGE)) {
      return false;
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

  __attribute__((noinline)) void update(int64_t block) {
    UpdateSweep<Rule, Map> sweep = beginUpdate();
    Ahead<MOMENTS, Map::BITS> ahead(step_, block);
    for (int i = 0; i < step_.blockSize; i += GROUP) {
      sweep.decodeGroup(i);
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        ahead.fetch(i, v);
        sweep.vector(i, v);
      }
    }
    endUpdate(sweep);
  }

  // Encodes the scaled block, too, whose signed moments are high.
  __attribute__((noinline)) void updateAndEncode(int64_t block) {
    UpdateSweep<Rule, Map> update = beginUpdate();
    Ahead<MOMENTS, Map::BITS> ahead(step_, block);
    EncodeSweep<Rule, Map, BEHIND, MOMENTS, true> encode(encodings_);
    Vector::Phase phase = Vector::phases(phase_);
    for (int i = 0; i < step_.blockSize; i += GROUP) {
      update.decodeGroup(i);
      // By turns, as the CPU looks ahead a few vectors only.
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        encode.vector(i, v, dither(phase, i, v));
        ahead.fetch(i, v);
        update.vector(i, v);
      }
      encode.storeGroup(i);
      phase = Vector::nextGroup(phase);
    }
    endUpdate(update);
    encode.end(encodings_, step_.blockSize);
  }

  // Of vector v of the scaled block's group that begins at i.
  LB_INLINE Vector dither(Vector::Phase phase, int i, int v) const {
    if constexpr (Rule::COMPENSATES) {
      return compensation_.dither(i, v);
    } else {
      return Vector::fromMiddle(phase, v);
    }
  }

  // Encodes moments of the scaled block; HIGH: signed ones are known to be high.
  template <int FROM, int END, bool HIGH>
  __attribute__((noinline)) void encode() {
    EncodeSweep<Rule, Map, FROM, END, HIGH> sweep(encodings_);
    Vector::Phase phase = Vector::phases(phase_);
    for (int i = 0; i < step_.blockSize; i += GROUP) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        sweep.vector(i, v, Vector::fromMiddle(phase, v));
      }
      sweep.storeGroup(i);
      phase = Vector::nextGroup(phase);
    }
    sweep.end(encodings_, step_.blockSize);
  }

  LB_INLINE UpdateSweep<Rule, Map> beginUpdate() {
    UpdateSweep<Rule, Map> u;
    u.gradient = gradient_;
    u.codebooks = step_.codebooks;
    if constexpr (Rule::COMPENSATES) {
      u.inverses = compensation_.inverses();
    }
    for (int k = 0; k < MOMENTS; k++) {
      u.codes[k] = codes_[k];
      u.numbers[k] = numbers_[turn_][k];
      u.scales[k] = Vector(scales_[k] * Map::unit(Rule::kind(k)));
      u.largest[k] = Vector(0.0f);
      u.smallest[k] = Vector(LARGEST_FLOAT);
    }
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      u.coefficients[i] = Vector(step_.coefficients[i]);
    }
    return u;
  }

  LB_INLINE void endUpdate(const UpdateSweep<Rule, Map>& u) {
    for (int k = 0; k < MOMENTS; k++) {
      largest_[k] = u.largest[k].largestPositive();
      bool matters = Map::HAS_HIGH && isSigned(Rule::kind(k));
      smallest_[k] = matters ? u.smallest[k].smallestPositive() : 0;
    }
  }

  // The loaded block is updated.
  void passOn(int64_t block) {
    updated_ = block;
    phase_ = phaseOf(block * step_.blockSize, step_.iteration);
    for (int k = 0; k < MOMENTS; k++) {
      Encoding& e = encodings_[k];
      e.numbers = numbers_[turn_][k];
      e.codes = codes_[k];
      e.scale = largest_[k];
    }
  }

  // The updated block gets its scales. It is encoded at once if it has very small moments, as sparse
  // gradients make them, or scales that are not for vectors.
  void scale(Totals& totals) {
    if (updated_ < 0) {
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
    scaled_ = updated_;
    updated_ = -1;
    turn_ ^= 1;
    if (!vectors) {
      for (int k = BEHIND; k < MOMENTS; k++) {
        encodeCarefully(k);
      }
      store(totals);
      scaled_ = -1;
    } else if (!high) {
      empty(totals);
    }
  }

  __attribute__((noinline)) void encodeCarefully(int k) {
    Encoding& e = encodings_[k];
    const int n = step_.blockSize;
    if (Map::template divides<Rule>(k)) {
      saturate(e);
    }
    uint8_t codes[LARGEST_BLOCK];
    step_.codebooks[k]->encodeScaled(e.numbers, n, e.scale, e.slow, phase_, codes);
    Map::store(codes, n, e.codes);
    // As BlockStep does where moments overflow.
    e.scale = multiply(e.scale, 1, 0);
    e.sums = Map::sumsOf(e.codes, n);
  }

  // Quotients that are too large.
  void saturate(Encoding& e) {
    for (int i = 0; i < step_.blockSize; i++) {
      e.numbers[i] = multiply(e.numbers[i], 1, 0);
    }
    e.scale = multiply(e.scale, 1, 0);
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

  // Does what is left of blocks that have their scales.
  void empty(Totals& totals) {
    if (scaled_ >= 0) {
      encode<BEHIND, MOMENTS, false>();
      store(totals);
      scaled_ = -1;
    }
    addToChecksum(totals);
  }

  // Stores the scales of the block that is encoded now, and keeps its sums.
  void store(Totals& totals) {
    addToChecksum(totals);
    stored_ = scaled_;
    for (int k = 0; k < MOMENTS; k++) {
      const Encoding& e = encodings_[k];
      write(step_.scaleAt(k, scaled_), e.scale);
      storedMoments_[k].scale = e.scale;
      storedMoments_[k].sums = e.sums;
    }
  }

  // A chain of operations, each waiting for the one before: done a block later, when sums are long
  // known, nothing else waits for it.
  void addToChecksum(Totals& totals) {
    for (int k = 0; stored_ >= 0 && k < MOMENTS; k++) {
      const Stored& moment = storedMoments_[k];
      totals.checksum += moment.sums.total().finish(k, stored_, moment.scale);
    }
    stored_ = -1;
  }
};
