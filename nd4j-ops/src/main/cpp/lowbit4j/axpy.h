// Weight decay in float32: y = (y + a*x)*scale, and that of a step's updates, block by block. Included
// once per instruction set, inside its namespace and target, after its Vector.

// Of n elements, vectors from the first on.
inline void axpyFromFirst(float a, const float* x, float scale, float* y, int64_t n) {
  int64_t i = 0;
  for (; i + Vector::N <= n; i += Vector::N) {
    Vector sum = fma(Vector(a), Vector::load(x + i), Vector::load(y + i));
    (sum * Vector(scale)).store(y + i);
  }
  for (; i < n; i++) {
    y[i] = fma(a, x[i], y[i]) * scale;
  }
}

// Of n elements, aligned to nothing.
inline void axpy(float a, const float* x, float scale, float* y, int64_t n) {
  // Vectors that are in two cache lines take half as long again. x and y, parts of flat arrays from the
  // same element on, are mostly aligned alike.
  int64_t before = (int64_t)(-(uintptr_t)y % sizeof(Vector) / sizeof(float));
  before = before < n ? before : n;
  axpyFromFirst(a, x, scale, y, before);
  axpyFromFirst(a, x + before, scale, y + before, n - before);
}

// Adds the weight decay of a step to its updates, block by block, while these are in the cache.
class DecayOfBlocks {
 public:
  explicit DecayOfBlocks(const Step& step)
      : step_(step), next_(step.decays.data()), end_(next_ + step.decays.size()) {}

  // To a block whose updates are written; blocks come in ascending order.
  void add(int64_t block) {
    int64_t first = block * step_.blockSize;
    int64_t end = first + step_.length(block);
    while (next_ != end_ && next_->end <= first) {
      next_++;
    }
    for (const Decay* d = next_; d != end_ && d->first < end; d++) {
      int64_t to = d->end < end ? d->end : end;
      for (int64_t from = d->first > first ? d->first : first; from < to; from += PIECE) {
        add(*d, from, to - from < PIECE ? to - from : PIECE);
      }
    }
  }

 private:
  // The CPU does not see parameters coming, as they are read a block at a time, with pauses.
  static constexpr int AHEAD = 1024;
  // How many elements are fetched at once.
  static constexpr int PIECE = 256;

  const Step& step_;
  const Decay* next_;
  const Decay* const end_;

  void add(const Decay& decay, int64_t first, int64_t n) {
    constexpr int LINE = 64 / sizeof(float);
    const float* parameters = decay.parameters + (first - decay.first);
    for (int64_t i = 0; i < n; i += LINE) {
      __builtin_prefetch(parameters + AHEAD + i);
    }
    axpyFromFirst(decay.factor, parameters, 1, (float*)step_.gradientAt(first), n);
  }
};
