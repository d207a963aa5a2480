// Sums of squares of blocks: org.lowbit4j.memory.SquaredNorm. Included once per instruction set, inside its
// namespace and target, after its Vector.

template <int WORDS>
class Squares {
  static constexpr int LANES = 8;

 public:
  // Each lane waits for its last sum, so that many blocks at a time take little longer than one.
  static constexpr int TOGETHER = 4;

  // Of 1 or TOGETHER blocks of n elements, one sum each.
  static void sums(const uint8_t* at, int n, int blocks, double* sums) {
    if constexpr (WORDS == FLOAT && Vector::N > 1) {
      if (blocks == TOGETHER) {
        return together<Vector>(at, n, sums);
      }
    }
    for (int b = 0; b < blocks; b++) {
      sums[b] = sum(at + b * n * bytesOf(WORDS), n);
    }
  }

 private:
  static double squareOf(float x) { return (double)x * x; }

  static double sum(const uint8_t* at, int n) {
    return finite(sum(at, n, squareOf), at, n);
  }

  // The sum, or that of finite elements: squares of floats are finite, and so is their sum.
  static double finite(double sumOfAll, const uint8_t* at, int n) {
    return sumOfAll < HUGE_VAL ? sumOfAll
                               : sum(at, n, [](float x) { return isFinite(x) ? squareOf(x) : 0; });
  }

  template <class Square>
  LB_HD static double sum(const uint8_t* at, int n, const Square& square) {
    double l[LANES] = {};
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        l[lane] += square(readWord(WORDS, at + (i + lane) * bytesOf(WORDS)));
      }
    }
    return total(l, at + i * bytesOf(WORDS), n - i, square);
  }

  template <class V>
  static void together(const uint8_t* at, int n, double* sums) {
    // Elements that memory is asked for ahead, as the CPU does not see so many streams coming.
    constexpr int AHEAD = 1024;
    typename V::SumsOfSquares vectors[TOGETHER] = {};
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
#pragma GCC unroll 4
      for (int b = 0; b < TOGETHER; b++) {
        const float* x = (const float*)at + b * n + i;
        vectors[b].add(x);
        __builtin_prefetch(x + AHEAD);
      }
    }
    for (int b = 0; b < TOGETHER; b++) {
      const uint8_t* block = at + b * n * bytesOf(WORDS);
      double l[LANES];
      vectors[b].store(l);
      sums[b] = finite(total(l, block + i * bytesOf(WORDS), n - i, squareOf), block, n);
    }
  }

  // The sum of lanes to which the last n elements, fewer than LANES, are added.
  template <class Square>
  LB_HD static double total(double* l, const uint8_t* at, int n, const Square& square) {
    for (int lane = 0; lane < n; lane++) {
      l[lane] += square(readWord(WORDS, at + lane * bytesOf(WORDS)));
    }
    return ((l[0] + l[1]) + (l[2] + l[3])) + ((l[4] + l[5]) + (l[6] + l[7]));
  }
};
