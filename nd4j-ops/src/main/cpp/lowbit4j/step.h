// What one step is told, and what it answers.
#pragma once

#include "codebook.h"
#include "factor.h"
#include "moment.h"
#include "words.h"

namespace lowbit4j {

constexpr int LARGEST_BLOCK = 4096;

struct Step {
  // Of the updater.
  int rule = 0;
  int bits = 8;
  int blockSize = 256;
  int stateWords = FLOAT;
  const Codebook* codebooks[MOST_MOMENTS] = {};

  // Where things are: addresses, and byte offsets by moment.
  int64_t elements = 0;
  int gradientWords = FLOAT;
  uint8_t* gradient = nullptr;
  uint8_t* state = nullptr;
  int64_t scaleOffsets[MOST_MOMENTS] = {};
  int64_t valueOffsets[MOST_MOMENTS] = {};

  // Of this step. slow: moments that are dithered whatever their size.
  int iteration = 0;
  float gradientScale = 1;
  float coefficients[MOST_COEFFICIENTS] = {};
  bool slow[MOST_MOMENTS] = {};

  // Which blocks: firstBlock up to but not including endBlock.
  int64_t firstBlock = 0;
  int64_t endBlock = 0;

  // How to run it.
  int isa = 0;
  int threads = 1;

  // Answers.
  uint64_t checksum = 0;
  int64_t skipped = 0;
  int64_t damaged = 0;

  LB_HD int64_t blocks() const { return (elements + blockSize - 1) / blockSize; }

  LB_HD int length(int64_t block) const {
    int64_t left = elements - block * blockSize;
    return left < blockSize ? (int)left : blockSize;
  }

  LB_HD uint8_t* gradientAt(int64_t element) const {
    return gradient + element * bytesOf(gradientWords);
  }

  LB_HD uint8_t* scaleAt(int moment, int64_t block) const {
    return state + scaleOffsets[moment] + block * 4;
  }

  // Codes or values of a block.
  LB_HD uint8_t* valuesAt(int moment, int64_t block) const {
    return state + valueOffsets[moment] + block * (blockSize * bits / 8);
  }
};

// What a block, or many, add to the answers; sums, in any order.
struct Totals {
  uint64_t checksum = 0;
  int64_t skipped = 0;
  int64_t damaged = 0;  // blocks
};

}  // namespace lowbit4j
