// a*b + c of floats, rounded once, by operations that every CPU has. C libraries ask for the CPU's instruction at each
// call, or do without, and MinGW's rounds twice in rare cases. Of instruction sets that have it, vectors use it.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace lowbit4j {

// The sum of two numbers rounded to odd: where something is lacking, the last bit is set. Of 53 bits, that keeps a
// second rounding, to 24 or fewer, from meeting a tie that there is not (Boldo and Melquiond).
__attribute__((noinline)) inline double sumToOdd(double a, double b) {
  double sum = a + b;
  // What the sum lacks, exactly (Knuth); NaN where it is not finite.
  double part = sum - a;
  double rest = (a - (sum - part)) + (b - part);
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  if (std::fabs(rest) > 0 && bits % 2 == 0) {
    bits += std::signbit(sum) == std::signbit(rest) ? 1 : -1;
    memcpy(&sum, &bits, sizeof sum);
  }
  return sum;
}

__attribute__((always_inline)) inline float fusedMultiplyAdd(float a, float b, float c) {
  // Exact: twice 24 bits.
  double product = (double)a * b;
  double sum = product + c;
  // Most sums are no ties between floats, and those that have been rounded to none were none before.
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  bool mayTie = (bits & 0x1FFFFFFF) == 0x10000000 || std::fabs(sum) < 0x1p-126;
  return (float)(__builtin_expect(mayTie, 0) ? sumToOdd(product, c) : sum);
}

}  // namespace lowbit4j
