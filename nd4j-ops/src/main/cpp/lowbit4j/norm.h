// The sum of squares of an array, for norms: chooses the instruction set's variant, shares the blocks
// among threads and adds up their sums in order, so that the number of threads changes no bit.
#pragma once

#include "kernel.h"

namespace lowbit4j {

constexpr int NORM_BLOCK = 4096;

template <int WORDS>
void sumsOfSquares(int isa, const uint8_t* at, int n, int blocks, double* sums) {
#ifdef LB_X86
  if (isa >= AVX512) {
    return avx512::Squares<WORDS>::sums(at, n, blocks, sums);
  }
  if (isa == AVX2) {
    return avx2::Squares<WORDS>::sums(at, n, blocks, sums);
  }
#endif
  generic::Squares<WORDS>::sums(at, n, blocks, sums);
}

// Of n words, aligned to nothing.
template <int WORDS>
double sumOfSquares(const uint8_t* at, int64_t n, int isa, int threads) {
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
        sumsOfSquares<WORDS>(isa, at + first * bytesOf(WORDS), length, count, sums + block);
        block += count;
      }
    };
    if (threads <= 1) {
      part(0, 0, blocks);
    } else {
      inParallel(threads, blocks, part);
    }
    for (int block = 0; block < blocks; block++) {
      sum += sums[block];
    }
  }
  return sum;
}

inline double sumOfSquares(const uint8_t* at, int words, int64_t n, int isa, int threads) {
  return words == DOUBLE ? sumOfSquares<DOUBLE>(at, n, isa, threads)
         : words == HALF ? sumOfSquares<HALF>(at, n, isa, threads)
                         : sumOfSquares<FLOAT>(at, n, isa, threads);
}

}  // namespace lowbit4j
