// Steps of 32-bit state on vectors, in place. Included once per instruction set, inside its namespace
// and target. Blocks that need more care go through BlockStep.

template <class Rule>
class PlainSteps {
 public:
  explicit PlainSteps(const Step& step) : step_(step), careful_(step) {
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      vectors_[i] = Vector(step.coefficients[i]);
      scalars_[i] = Scalar(step.coefficients[i]);
    }
  }

  // Whether gradient and state are float32 as they lie in memory.
  static bool suits(const Step& step) {
    return step.bits == 32 && step.stateWords != HALF && step.gradientWords == FLOAT &&
           step.gradientScale == 1;
  }

  void run(int64_t from, int64_t to, Totals& totals) {
    for (int64_t block = from; block < to; block++) {
      n_ = step_.length(block);
      gradient_ = (float*)step_.gradientAt(block * step_.blockSize);
      for (int k = 0; k < Rule::MOMENTS; k++) {
        moments_[k] = (float*)step_.valuesAt(k, block);
      }
      if (isOrdinary()) {
        update(block, totals);
      } else {
        careful_.run(block, totals);
      }
    }
  }

 private:
  const Step& step_;
  Vector vectors_[Rule::COEFFICIENTS];
  Scalar scalars_[Rule::COEFFICIENTS];
  int n_;
  float* gradient_;
  float* moments_[Rule::MOMENTS];
  BlockStep<Rule, Vector> careful_;

  // Whether the gradient is finite and no factor is needed.
  bool isOrdinary() const {
    float largest = floatOf(largestBits(gradient_, true));
    if (!isFinite(largest)) {
      return false;
    }
    largest = larger(largest, Rule::floor(step_.coefficients));
    for (int k = 0; k < Rule::MOMENTS; k++) {
      // Those of numbers that are not finite, or negative where none should be, are the largest.
      uint32_t bits = largestBits(moments_[k], isSigned(Rule::kind(k)));
      if (bits > bitsOf(LARGEST_FLOAT)) {
        return false;
      }
      int d = degree(Rule::kind(k));
      if (d > 0) {
        float x = floatOf(bits);
        largest = larger(largest, d == 2 ? root(x) : x);
      }
    }
    return needsNoFactor(largest);
  }

  // Of the magnitudes of signed numbers, or of numbers as they are.
  uint32_t largestBits(const float* x, bool hasSign) const {
    Vector largest(0.0f);
    int i = 0;
    for (; i + Vector::N <= n_; i += Vector::N) {
      Vector v = Vector::load(x + i);
      largest = Vector::largerBits(largest, hasSign ? magnitude(v) : v);
    }
    uint32_t result = largest.largestBits();
    for (; i < n_; i++) {
      uint32_t bits = bitsOf(x[i]) & (hasSign ? MAGNITUDE_BITS : ~0u);
      result = bits > result ? bits : result;
    }
    return result;
  }

  void update(int64_t block, Totals& totals) {
    typename Vector::Sums sums[Rule::MOMENTS];
    for (int k = 0; k < Rule::MOMENTS; k++) {
      sums[k].clear();
    }
    const int ahead = fetchedAhead(step_);
    int i = 0;
    for (; i + Vector::N <= n_; i += Vector::N) {
      Vector s[Rule::MOMENTS];
      fetch(i + ahead);
      apply(i, s, vectors_);
      for (int k = 0; k < Rule::MOMENTS; k++) {
        sums[k].add(s[k].bits());
      }
    }
    Checksum checksums[Rule::MOMENTS];
    for (int k = 0; k < Rule::MOMENTS; k++) {
      checksums[k] = sums[k].total();
    }
    for (; i < n_; i++) {
      Scalar s[Rule::MOMENTS];
      apply(i, s, scalars_);
      for (int k = 0; k < Rule::MOMENTS; k++) {
        checksums[k].add(i, bitsOf(s[k].x));
      }
    }
    for (int k = 0; k < Rule::MOMENTS; k++) {
      totals.checksum += checksums[k].finish(k, block, 0);
    }
  }

  // As Ahead does, each line once. With three moments the CPU does not look ahead by itself whatever the
  // vectors: it loses its way, depending on where pages lie in memory.
  LB_INLINE void fetch(int i) const {
    if (FETCHES || (Rule::MOMENTS > 2 && i % (LINE / (int)sizeof(float)) == 0)) {
      __builtin_prefetch(gradient_ + i);
      for (int k = 0; k < Rule::MOMENTS; k++) {
        __builtin_prefetch(moments_[k] + i);
      }
    }
  }

  template <class F>
  LB_INLINE void apply(int i, F* s, const F* c) {
    for (int k = 0; k < Rule::MOMENTS; k++) {
      s[k] = F::load(moments_[k] + i);
    }
    Rule::step(F::load(gradient_ + i), s, c).store(gradient_ + i);
    for (int k = 0; k < Rule::MOMENTS; k++) {
      s[k].store(moments_[k] + i);
    }
  }
};
