// What the headers need of the language and its host: no allocation, no exceptions, no containers.
// They compile as C++17 for the CPU and as CUDA; a rule or a codec is written once.
#pragma once

#if defined(__CUDACC_RTC__)
// The run-time compiler has no standard headers.
using int8_t = signed char;
using uint8_t = unsigned char;
using int16_t = short;
using uint16_t = unsigned short;
using int32_t = int;
using uint32_t = unsigned int;
using int64_t = long long;
using uint64_t = unsigned long long;
#else
#include <cmath>
#include <cstdint>
#include <cstring>

#include "fma.h"
#endif

#if defined(__CUDACC__)
#define LB_HD __host__ __device__ inline
#elif defined(__GNUC__)
// Inlined whatever the caller's instruction set.
#define LB_HD __attribute__((always_inline)) inline
#else
#define LB_HD inline
#endif

namespace lowbit4j {

LB_HD uint32_t bitsOf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

LB_HD float floatOf(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

constexpr uint32_t MAGNITUDE_BITS = 0x7FFFFFFF;
constexpr uint32_t INFINITY_BITS = 0x7F800000;
constexpr float LARGEST_FLOAT = 0x1.fffffep127f;

LB_HD bool isFinite(float x) { return (bitsOf(x) & MAGNITUDE_BITS) < INFINITY_BITS; }

// What rules are written with; the vector types overload them.
LB_HD float larger(float a, float b) { return a > b ? a : b; }
LB_HD float smaller(float a, float b) { return a < b ? a : b; }
LB_HD float magnitude(float x) { return floatOf(bitsOf(x) & MAGNITUDE_BITS); }
#if defined(__CUDACC__)
LB_HD float root(float x) { return sqrtf(x); }
#else
LB_HD float root(float x) { return std::sqrt(x); }
#endif
// a*b + c, rounded once.
#if defined(__CUDACC__)
LB_HD float fma(float a, float b, float c) { return fmaf(a, b, c); }
#elif defined(__FP_FAST_FMAF) || defined(__aarch64__)
LB_HD float fma(float a, float b, float c) { return std::fma(a, b, c); }
#else
LB_HD float fma(float a, float b, float c) { return fusedMultiplyAdd(a, b, c); }
#endif
// size with the sign of x, 0 where x is 0 or not a number.
LB_HD float bySign(float x, float size) { return x > 0 ? size : x < 0 ? -size : 0.0f; }

// Unaligned access: state is aligned to its array's words only, which may have two bytes.
template <class T>
LB_HD T read(const uint8_t* at) {
  T x;
  memcpy(&x, at, sizeof x);
  return x;
}

template <class T>
LB_HD void write(uint8_t* at, T x) {
  memcpy(at, &x, sizeof x);
}

}  // namespace lowbit4j
