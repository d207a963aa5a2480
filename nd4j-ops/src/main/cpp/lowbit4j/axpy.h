// Weight decay in float32: y = (y + a*x)*scale. Included once per instruction set, inside its namespace
// and target, after its Vector.

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
