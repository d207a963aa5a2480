// One quantization block by the letter of the contract: any codebook, word type, bits and length,
// gradients of any magnitude, not finite ones. org.lowbit4j.kernel.JavaKernel, stage by stage. Included
// once per instruction set, inside its namespace and target, after its rules, relative.h and what
// encodes (power.h or serial.h).

#include "arrays.h"

// V: the number type that the rule's loop runs with.
template <class Rule, class V>
class BlockStep {
 public:
  explicit BlockStep(const Step& step) : step_(step) {}

  void run(int64_t block, Totals& totals) {
    n_ = step_.length(block);
    block_ = block;
    loadGradient();
    float largest = largestMagnitude(gradient_, n_);
    skipped_ = 0;
    if (!isFinite(largest)) {
      zeroNonFinite();
      largest = largestMagnitude(gradient_, n_);
    }
    if (step_.gradientScale != 1) {
      multiplyAll(gradient_, step_.gradientScale, 1);
      largest *= step_.gradientScale;
    }
    largest = larger(largest, loadState());
    if (isDamaged()) {
      totals.damaged++;
      memset(gradient_, 0, n_ * sizeof(float));
    } else if (skipped_ < n_) {
      float bound = step_.bits == 4 ? relativeBound<Rule>(scales_) : 0;
      advance(factorOf(larger(largest, Rule::floor(step_.coefficients)), bound));
    }
    for (int k = 0; k < Rule::MOMENTS; k++) {
      totals.checksum += checksum(k);
    }
    storeUpdate();
    totals.skipped += skipped_;
  }

 private:
  static constexpr int DIVISOR = divisorOf<Rule>();

  const Step& step_;
  int64_t block_;
  int n_;
  int skipped_;
  float scales_[Rule::MOMENTS];
  float gradient_[LARGEST_BLOCK];
  float moments_[Rule::MOMENTS][LARGEST_BLOCK];
  float kept_[Rule::MOMENTS][LARGEST_BLOCK];
  // Of 4 bits: codes, one a byte; what is stored of the divisor, for rules that have relative moments.
  uint8_t codes_[LARGEST_BLOCK];
  float roots_[DIVISOR < 0 ? 1 : LARGEST_BLOCK];
  uint16_t skippedAt_[LARGEST_BLOCK];

  void advance(float factor) {
    float c[Rule::COEFFICIENTS];
    memcpy(c, step_.coefficients, sizeof c);
    if (factor != 1) {
      Rule::rescale(c, factor);
    }
    decode(factor);
    for (int k = 0; k < Rule::MOMENTS; k++) {
      for (int j = 0; j < skipped_; j++) {
        kept_[k][j] = moments_[k][skippedAt_[j]];
      }
    }
    applyRule<V>(applyRule<Scalar>(0, n_ % V::N, c), n_, c);
    if (factor != 1 && Rule::UPDATE_DEGREE != 0) {
      multiplyAll(gradient_, 1 / factor, Rule::UPDATE_DEGREE);
    }
    for (int j = 0; j < skipped_; j++) {
      for (int k = 0; k < Rule::MOMENTS; k++) {
        moments_[k][skippedAt_[j]] = kept_[k][j];
      }
      gradient_[skippedAt_[j]] = 0;
    }
    storeState(1 / factor, c);
  }

  void loadGradient() {
    loadWords(step_.gradientWords, step_.gradientAt(block_ * step_.blockSize), n_, 1, gradient_);
  }

  void storeUpdate() {
    storeWords(step_.gradientWords, gradient_, n_, step_.gradientAt(block_ * step_.blockSize));
  }

  void zeroNonFinite() {
    for (int i = 0; i < n_; i++) {
      if (!isFinite(gradient_[i])) {
        gradient_[i] = 0;
        skippedAt_[skipped_++] = (uint16_t)i;
      }
    }
  }

  // The power of the gradient that what is stored of a moment grows with.
  int storedDegree(int k) const {
    int d = degree(Rule::kind(k));
    if (step_.bits == 4 && isRelative<Rule>(k)) {
      return 0;
    }
    return isQuantized() && step_.codebooks[k]->storesRoot() ? d / 2 : d;
  }

  bool isQuantized() const { return step_.bits < 32; }

  // Reads scales, or values; returns the state's magnitude in units of the gradient.
  float loadState() {
    float largest = 0;
    for (int k = 0; k < Rule::MOMENTS; k++) {
      if (isQuantized()) {
        scales_[k] = readPacked(step_.stateWords, step_.scaleAt(k, block_));
      } else {
        loadValues(k);
        scales_[k] = largestMagnitude(moments_[k], n_);
      }
      int d = storedDegree(k);
      if (d > 0) {
        largest = larger(largest, d == 2 ? root(scales_[k]) : scales_[k]);
      }
    }
    return largest;
  }

  // Whether the state has what no step writes, and what would ruin parameters. Of 32-bit state scales_ are
  // the largest magnitudes.
  bool isDamaged() const {
    bool damaged = false;
    for (int k = 0; k < Rule::MOMENTS; k++) {
      damaged |= !(scales_[k] >= 0 && scales_[k] <= LARGEST_FLOAT);
      if (isQuantized()) {
        const uint8_t* codes = step_.valuesAt(k, block_);
        damaged |= step_.bits == 4 ? hasReserved4(codes, n_, step_.stateWords)
                                   : hasReserved(codes, n_, step_.stateWords);
      } else if (!isSigned(Rule::kind(k))) {
        damaged |= hasNegative(moments_[k]);
      }
    }
    return damaged;
  }

  bool hasNegative(const float* x) const {
    bool negative = false;
    for (int i = 0; i < n_; i++) {
      negative |= x[i] < 0;
    }
    return negative;
  }

  void loadValues(int k) {
    loadPacked(step_.stateWords, step_.valuesAt(k, block_), n_, moments_[k]);
  }

  void decode(float factor) {
    for (int k = 0; k < Rule::MOMENTS; k++) {
      if (isQuantized()) {
        step_.codebooks[k]->decodeStored(loadCodes(k), n_, scaleFor(k, factor), moments_[k]);
      } else if (factor != 1) {
        multiplyAll(moments_[k], factor, storedDegree(k));
      }
    }
    if (isQuantized()) {
      finishDecoding();
    }
    if (factor != 1) {
      multiplyAll(gradient_, factor, 1);
    }
  }

  // The scale of what is stored of a moment, with a factor.
  float scaleFor(int k, float factor) const {
    float scale = multiply(scales_[k], factor, storedDegree(k));
    if constexpr (DIVISOR >= 0) {
      if (step_.bits == 4 && isRelative<Rule>(k)) {
        return boundedScale(scale, scales_[DIVISOR], factor);
      }
    }
    return scale;
  }

  // One a byte.
  const uint8_t* loadCodes(int k) {
    if (step_.bits == 8) {
      return step_.valuesAt(k, block_);
    }
    unpackNibbles(step_.valuesAt(k, block_), n_, codes_);
    return codes_;
  }

  void finishDecoding() {
    if constexpr (DIVISOR >= 0) {
      memcpy(roots_, moments_[DIVISOR], n_ * sizeof(float));
    }
    for (int k = 0; k < Rule::MOMENTS; k++) {
      if (step_.bits == 4 && isRelative<Rule>(k)) {
        for (int i = 0; i < n_; i++) {
          moments_[k][i] *= roots_[i];
        }
      } else {
        step_.codebooks[k]->finish(n_, moments_[k]);
      }
    }
  }

  // Turns relative moments into what is stored of them.
  void divideRelative() {
    if constexpr (DIVISOR >= 0) {
      memcpy(roots_, moments_[DIVISOR], n_ * sizeof(float));
      if (step_.codebooks[DIVISOR]->storesRoot()) {
        takeRoots<V>(takeRoots<Scalar>(0, n_ % V::N, roots_), n_, roots_);
      }
      for (int k = 0; k < Rule::MOMENTS; k++) {
        for (int i = 0; i < n_ && isRelative<Rule>(k); i++) {
          float x = multiply(moments_[k][i] / roots_[i], 1, 0);
          moments_[k][i] = roots_[i] > 0 ? x : 0;
        }
      }
    }
  }

  // Elements from..to, a multiple of F's length; returns where it ended.
  template <class F>
  int applyRule(int from, int to, const float* coefficients) {
    F c[Rule::COEFFICIENTS];
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      c[i] = F(coefficients[i]);
    }
    for (; from < to; from += F::N) {
      F s[Rule::MOMENTS];
      for (int k = 0; k < Rule::MOMENTS; k++) {
        s[k] = F::load(moments_[k] + from);
      }
      Rule::step(F::load(gradient_ + from), s, c).store(gradient_ + from);
      for (int k = 0; k < Rule::MOMENTS; k++) {
        s[k].store(moments_[k] + from);
      }
    }
    return to;
  }

  // As applyRule.
  template <class F>
  static int takeRoots(int from, int to, float* x) {
    for (; from < to; from += F::N) {
      root(F::load(x + from)).store(x + from);
    }
    return to;
  }

  void storeState(float inverse, const float* c) {
    if (step_.bits == 4) {
      divideRelative();
    }
    for (int k = 0; k < Rule::MOMENTS; k++) {
      int d = storedDegree(k);
      if (isQuantized()) {
        float scale = encode(k, c);
        writePacked(step_.stateWords, step_.scaleAt(k, block_), multiply(scale, inverse, d));
        scales_[k] = readPacked(step_.stateWords, step_.scaleAt(k, block_));
        continue;
      }
      if (inverse != 1) {
        multiplyAll(moments_[k], inverse, d);
      }
      storePacked(step_.stateWords, moments_[k], n_, step_.valuesAt(k, block_));
    }
  }

  float encode(int k, const float* c) {
    const Codebook& codebook = *step_.codebooks[k];
    uint8_t* codes = step_.bits == 4 ? codes_ : step_.valuesAt(k, block_);
    bool compensates = Rule::COMPENSATES && k == 0;
    if (compensates) {
      memcpy(kept_[0], moments_[0], n_ * sizeof(float));
    }
    if (codebook.storesRoot()) {
      takeRoots<V>(takeRoots<Scalar>(0, n_ % V::N, moments_[k]), n_, moments_[k]);
    }
    float scale = largestMagnitude(moments_[k], n_);
    encodeScaled(codebook, moments_[k], n_, scale, step_.slow[k],
                 phaseOf(block_ * step_.blockSize, step_.iteration), codes);
    if (step_.bits == 4) {
      packNibbles(codes, n_, step_.valuesAt(k, block_));
    }
    if constexpr (Rule::COMPENSATES) {
      if (compensates) {
        codebook.decodeStored(codes, n_, scale, moments_[0]);
        codebook.finish(n_, moments_[0]);
        for (int i = 0; i < n_; i++) {
          float inverse = Rule::inverse(kept_[0][i], c);
          moments_[1][i] = Rule::compensated(inverse, moments_[0][i], moments_[1][i], c);
        }
      }
    }
    return scale;
  }

  // Of the state as it will be read back.
  uint64_t checksum(int k) {
    if (isQuantized()) {
      int bytes = step_.bits == 4 ? nibbleBytes(n_) : n_;
      return sumOfCodes(step_.valuesAt(k, block_), bytes).finish(k, block_, scales_[k]);
    }
    Checksum sum;
    if (step_.stateWords == HALF) {
      loadValues(k);
    }
    sum.addValues(moments_[k], n_);
    return sum.finish(k, block_, 0);
  }

  void multiplyAll(float* x, float factor, int degree) {
    for (int i = 0; i < n_; i++) {
      x[i] = multiply(x[i], factor, degree);
    }
  }
};
