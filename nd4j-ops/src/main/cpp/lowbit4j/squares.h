// Sums of squares of blocks: org.lowbit4j.memory.SquaredNorm. Included once per instruction set, inside its
// namespace and target. Plain loops over eight lanes, which the compiler turns into vectors.

template <int WORDS>
class Squares {
  static constexpr int LANES = 8;

 public:
  // Of n elements, those of a block or fewer.
  static double sum(const uint8_t* at, int n) {
    double all = sum(at, n, [](float x) { return (double)x * x; });
    if (all < HUGE_VAL) {
      return all;
    }
    // Squares of finite floats are finite, and so is their sum: some are not, and count as 0.
    return sum(at, n, [](float x) { return isFinite(x) ? (double)x * x : 0; });
  }

 private:
  template <class Square>
  LB_HD static double sum(const uint8_t* at, int n, const Square& square) {
    double l[LANES] = {};
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        l[lane] += square(readWord(WORDS, at + (i + lane) * bytesOf(WORDS)));
      }
    }
    for (int lane = 0; i < n; i++, lane++) {
      l[lane] += square(readWord(WORDS, at + i * bytesOf(WORDS)));
    }
    return ((l[0] + l[1]) + (l[2] + l[3])) + ((l[4] + l[5]) + (l[6] + l[7]));
  }
};
