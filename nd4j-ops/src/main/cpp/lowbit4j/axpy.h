// y = (y + a*x)*scale in float32: weight decay. Included once per instruction set, inside its namespace
// and target, after its Vector.

// Of n elements, aligned to nothing.
inline void axpy(float a, const float* x, float scale, float* y, int64_t n) {
  auto one = [=](int64_t i) { y[i] = fma(a, x[i], y[i]) * scale; };
  int64_t i = 0;
  // Vectors that are in two cache lines take half as long again. x and y, parts of flat arrays from the
  // same element on, are mostly aligned alike.
  for (; i < n && (uintptr_t)(y + i) % sizeof(Vector) != 0; i++) {
    one(i);
  }
  for (; i + Vector::N <= n; i += Vector::N) {
    Vector sum = fma(Vector(a), Vector::load(x + i), Vector::load(y + i));
    (sum * Vector(scale)).store(y + i);
  }
  for (; i < n; i++) {
    one(i);
  }
}
