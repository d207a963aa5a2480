// What a variant is asked to do. Included once per instruction set, inside its namespace and target, behind all else.

struct Variant {
  // Blocks from..to of a step; returns whether the rule is known.
  static bool runBlocks(const Step& step, int64_t from, int64_t to, Totals& totals) {
    Range range{step, from, to, totals};
    return withRule(step.rule, range);
  }

  template <int WORDS>
  static void sumsOfSquares(const uint8_t* at, int n, int blocks, double* sums) {
    Squares<WORDS>::sums(at, n, blocks, sums);
  }

  static void addScaled(float a, const float* x, float scale, float* y, int64_t n) {
    axpy(a, x, scale, y, n);
  }
};
