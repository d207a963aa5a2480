// The sum of squares of an array, for norms: calls the instruction set's variant, shares the blocks
// among threads and adds up their sums in order, so that the number of threads changes no bit.
#pragma once

#include "kernel.h"

namespace lowbit4j {

constexpr int NORM_BLOCK = 4096;

template <int WORDS>
void sumsOfSquares(int isa, const uint8_t* at, int n, int blocks, double* sums) {
  withVariant(isa, [&](auto variant) {
    decltype(variant)::template sumsOfSquares<WORDS>(at, n, blocks, sums);
  });
}

// Of n words, aligned to nothing; prepare(at, length) is called for parts of them before they are read.
template <int WORDS, class Prepare>
double sumOfSquares(const uint8_t* at, int64_t n, int isa, int threads, const Prepare& prepare) {
  constexpr int BLOCKS_AT_A_TIME = 1024;
  constexpr int64_t WORDS_AT_A_TIME = BLOCKS_AT_A_TIME * (int64_t)NORM_BLOCK;
  double sums[BLOCKS_AT_A_TIME];
  double sum = 0;
  for (; n > 0; n -= WORDS_AT_A_TIME, at += WORDS_AT_A_TIME * bytesOf(WORDS)) {
    int64_t blocks = n < WORDS_AT_A_TIME ? (n + NORM_BLOCK - 1) / NORM_BLOCK : BLOCKS_AT_A_TIME;
    auto part = [&](int, int64_t from, int64_t to) {
      constexpr int TOGETHER = generic::Squares<WORDS>::TOGETHER;
      for (int64_t block = from; block < to;) {
        int64_t first = block * NORM_BLOCK;
        int length = n - first < NORM_BLOCK ? (int)(n - first) : NORM_BLOCK;
        bool whole = to - block >= TOGETHER && n - first >= TOGETHER * NORM_BLOCK;
        int count = whole ? TOGETHER : 1;
        const uint8_t* start = at + first * bytesOf(WORDS);
        prepare(start, (int64_t)length * count);
        sumsOfSquares<WORDS>(isa, start, length, count, sums + block);
        block += count;
      }
    };
    inParallel(threads, blocks, part);
    for (int block = 0; block < blocks; block++) {
      sum += sums[block];
    }
  }
  return sum;
}

inline double sumOfSquares(const uint8_t* at, int words, int64_t n, int isa, int threads) {
  auto nothing = [](const uint8_t*, int64_t) {};
  return words == DOUBLE ? sumOfSquares<DOUBLE>(at, n, isa, threads, nothing)
         : words == HALF ? sumOfSquares<HALF>(at, n, isa, threads, nothing)
                         : sumOfSquares<FLOAT>(at, n, isa, threads, nothing);
}

}  // namespace lowbit4j
