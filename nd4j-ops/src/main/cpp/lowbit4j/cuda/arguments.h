// What the kernels are told: one structure each, written by org.lowbit4j.cuda at these offsets.
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
  int32_t unused;
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
static_assert(sizeof(UpdateArguments) == 216, "CudaArguments.java");

// The sums of squares of a gradient's blocks.
struct SquaresArguments {
  uint64_t gradient;
  uint64_t squares;
  int64_t elements;
  int32_t gradientWords;
  int32_t unused;
};
static_assert(sizeof(SquaresArguments) == 32, "CudaArguments.java");

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
static_assert(sizeof(ClipArguments) == 56, "CudaArguments.java");

constexpr int HEADER_BYTES = 24 * 8;

// The end of a step. The header's bytes, the checksum's words zero.
struct CloseArguments {
  uint64_t state;
  uint64_t answers;
  int32_t stateWords;
  int32_t headerBytes;
  uint8_t header[HEADER_BYTES];
};
static_assert(sizeof(CloseArguments) == 216, "CudaArguments.java");

}  // namespace lowbit4j
