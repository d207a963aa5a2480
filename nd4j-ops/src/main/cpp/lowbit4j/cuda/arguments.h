// What the kernels are told: one structure each, written by org.lowbit4j.cuda.CudaStep in this order.
// Members are in the order of their sizes, so that no compiler inserts anything.
#pragma once

#include "../moment.h"
#include "../platform.h"

namespace lowbit4j {

// What the kernels of one updater tell each other, and the host.
struct Answers {
  // Sums over the blocks of the step that is under way.
  uint64_t checksum;
  // Elements that were not finite, since the updater was made.
  uint64_t skipped;
  // The checksum in the header that was written last.
  uint64_t written;
  // What the gradient is multiplied by where it is clipped.
  float gradientScale;
  // Other than 0: the state is not what this updater wrote. Until the host has looked at it nothing
  // is read or written there, and updates are 0.
  int32_t foreign;
};

// In memory of the host, where it is read without waiting.
struct Status {
  uint64_t foreign;
  uint64_t skipped;
};

struct UpdateArguments {
  uint64_t gradient;
  uint64_t state;
  uint64_t answers;
  int64_t elements;
  int64_t scaleOffsets[MOST_MOMENTS];
  int64_t valueOffsets[MOST_MOMENTS];
  uint64_t tables[MOST_MOMENTS];
  int32_t storesRoot[MOST_MOMENTS];
  int32_t slow[MOST_MOMENTS];
  int32_t blockSize;
  int32_t stateWords;
  int32_t gradientWords;
  int32_t iteration;
  // Whether the gradient's scale is in the answers.
  int32_t clipped;
  float gradientScale;
  float coefficients[MOST_COEFFICIENTS];
};
static_assert(sizeof(UpdateArguments) == 216, "CudaStep.java");

// The sums of squares of a gradient's blocks.
struct SquaresArguments {
  uint64_t gradient;
  uint64_t squares;
  int64_t elements;
  int32_t gradientWords;
  int32_t unused;
};
static_assert(sizeof(SquaresArguments) == 32, "CudaStep.java");

// Percentile clipping, from the sums of squares.
struct ClipArguments {
  uint64_t squares;
  uint64_t state;
  uint64_t answers;
  int64_t blocks;
  int64_t normsOffset;
  int32_t stateWords;
  int32_t moments;
  int32_t iteration;
  int32_t percentile;
};
static_assert(sizeof(ClipArguments) == 56, "CudaStep.java");

constexpr int HEADER_BYTES = 24 * 8;

// The begin of a step, which compares the header, and its end, which writes it.
struct HeaderArguments {
  uint64_t state;
  uint64_t answers;
  uint64_t status;
  int32_t stateWords;
  int32_t headerBytes;
  // Whether the host has verified the state, whatever its checksum.
  int32_t adopted;
  int32_t unused;
  // The words of the checksum zero.
  uint8_t header[HEADER_BYTES];
};
static_assert(sizeof(HeaderArguments) == 232, "CudaStep.java");

}  // namespace lowbit4j
