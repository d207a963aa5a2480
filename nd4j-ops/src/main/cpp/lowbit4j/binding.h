// What Java calls, see org.lowbit4j.kernel.NativeOps: addresses come as whole numbers.
#pragma once

#include "decay.h"
#include "glibc.h"
#include "kernel.h"
#include "norm.h"

namespace lowbit4j {

// Changes with what Java calls: NativeOps has the same number, and NativeAbiTest says which.
inline int abi() { return (int)0x70893855; }

// Whether the library has a rule with this number and these sizes.
inline bool hasRule(int id, int moments, int coefficients) {
  generic::Sizes sizes;
  return generic::withRule(id, sizes) && sizes.moments == moments &&
         sizes.coefficients == coefficients;
}

inline void setCodebook(Step& step, int moment, const Codebook& codebook) {
  step.codebooks[moment] = &codebook;
}

inline bool run(Step& step, int64_t state, int64_t gradient) {
  step.state = (uint8_t*)state;
  step.gradient = (uint8_t*)gradient;
  return run(step);
}

inline double sumOfSquares(int64_t array, int words, int64_t n, int isa, int threads) {
  return sumOfSquares((const uint8_t*)array, words, n, isa, threads);
}

inline void axpy(float a, int64_t x, float scale, int64_t y, int64_t n, int isa, int threads) {
  axpy(a, (const float*)x, scale, (float*)y, n, isa, threads);
}

inline double axpyNorm(float a, int64_t x, int64_t y, int64_t n, int isa, int threads) {
  return axpyNorm(a, (const float*)x, (float*)y, n, isa, threads);
}

}  // namespace lowbit4j
