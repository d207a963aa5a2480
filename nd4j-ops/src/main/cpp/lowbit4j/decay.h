// Weight decay, with a factor or a norm in the same pass: calls the instruction set's variant and
// shares the blocks among threads.
#pragma once

#include "norm.h"

namespace lowbit4j {

// y = (y + a*x)*scale, on one thread.
inline void axpy(float a, const float* x, float scale, float* y, int64_t n, int isa) {
  withVariant(isa, [&](auto variant) { decltype(variant)::addScaled(a, x, scale, y, n); });
}

inline void axpy(float a, const float* x, float scale, float* y, int64_t n, int isa, int threads) {
  int64_t blocks = (n + NORM_BLOCK - 1) / NORM_BLOCK;
  inParallel(threads, blocks, [&](int, int64_t from, int64_t to) {
    int64_t first = from * NORM_BLOCK;
    int64_t end = to == blocks ? n : to * NORM_BLOCK;
    axpy(a, x + first, scale, y + first, end - first, isa);
  });
}

// y = y + a*x, and the sum of squares of the new y, which is read while it is in the cache.
inline double axpyNorm(float a, const float* x, float* y, int64_t n, int isa, int threads) {
  return sumOfSquares<FLOAT>((const uint8_t*)y, n, isa, threads,
                             [&](const uint8_t* at, int64_t length) {
                               int64_t first = (const float*)at - y;
                               axpy(a, x + first, 1, y + first, length, isa);
                             });
}

}  // namespace lowbit4j
