// What the library's kernel is measured against: Adam on float32 state as one would write it by hand,
// and the least that an update in place can take, a read and a write of every gradient element.
#pragma once

#include <cmath>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define RIVAL_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define RIVAL_CLONES
#endif

namespace rival {

RIVAL_CLONES inline void adamRange(float* __restrict g, float* __restrict m, float* __restrict v,
                                   int64_t n, float alpha, float b1, float b2, float eps) {
  for (int64_t i = 0; i < n; i++) {
    m[i] = b1 * m[i] + (1 - b1) * g[i];
    v[i] = b2 * v[i] + (1 - b2) * (g[i] * g[i]);
    g[i] = alpha * m[i] / (std::sqrt(v[i]) + eps);
  }
}

RIVAL_CLONES inline void negateRange(float* g, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    g[i] = -g[i];
  }
}

inline int64_t share(int64_t n, int64_t i, int threads) { return n * i / threads / 16 * 16; }

inline void adam(float* g, float* m, float* v, int64_t n, float alpha, int threads) {
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
  for (int i = 0; i < threads; i++) {
    int64_t from = share(n, i, threads);
    int64_t to = i + 1 == threads ? n : share(n, i + 1, threads);
    adamRange(g + from, m + from, v + from, to - from, alpha, 0.9f, 0.999f, 1e-8f);
  }
}

inline void negate(float* g, int64_t n, int threads) {
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
  for (int i = 0; i < threads; i++) {
    int64_t from = share(n, i, threads);
    int64_t to = i + 1 == threads ? n : share(n, i + 1, threads);
    negateRange(g + from, to - from);
  }
}

}  // namespace rival
