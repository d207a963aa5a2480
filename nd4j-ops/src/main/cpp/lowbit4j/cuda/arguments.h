// What the kernels are told: one structure each, written by org.lowbit4j.cuda.CudaStep in this order.
// Members are in the order of their sizes, so that no compiler inserts anything.
#pragma once

#include "../moment.h"
#include "../platform.h"

namespace lowbit4j {

// What the kernels of one updater leave to each other, and to the next step.
struct Answers {
  // Sum over the blocks of the step that is under way.
  uint64_t checksum;
  // Elements that were not finite, since the updater was made.
  uint64_t skipped;
  // The checksum in the header that was written last.
  uint64_t written;
  // Quantization blocks of the step under way, or norms, that have what no step writes.
  uint64_t damaged;
  // Thread blocks of the launch under way that are done; 0 between launches.
  uint32_t arrived;
  // Other than 0: the state is not what this updater wrote. Until the host has looked at it nothing
  // is read or written there, and updates are 0.
  int32_t foreign;
  // What the gradient is multiplied by where it is clipped.
  float gradientScale;
  int32_t unused;
};
static_assert(sizeof(Answers) == 48, "CudaStep.java");

// In memory of the host, where it is read without waiting.
struct Status {
  uint64_t foreign;
  uint64_t skipped;
};

constexpr int HEADER_BYTES = 24 * 8;

// The state's header as it is expected, and what of it changes: org.lowbit4j.state.StateHeader.
struct Header {
  int32_t bytes;
  // Whether the host has verified the state just now, whatever its checksum.
  int32_t adopted;
  // Whether it is expected to be zero.
  int32_t fresh;
  // What is written of the number of steps.
  int32_t steps;
  // As expected: the words of the checksum zero.
  uint8_t words[HEADER_BYTES];
};

struct UpdateArguments {
  uint64_t gradient;
  uint64_t state;
  uint64_t answers;
  uint64_t status;
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
  Header header;
};
static_assert(sizeof(UpdateArguments) == 432, "CudaStep.java");

// Percentile clipping.
struct ClipArguments {
  uint64_t gradient;
  uint64_t state;
  uint64_t answers;
  // Room for a sum of squares per block of the norm.
  uint64_t squares;
  int64_t elements;
  int64_t normsOffset;
  int32_t gradientWords;
  int32_t stateWords;
  // Elements per block of the norm: org.lowbit4j.memory.SquaredNorm.
  int32_t normBlock;
  int32_t moments;
  int32_t iteration;
  int32_t percentile;
  Header header;
};
static_assert(sizeof(ClipArguments) == 280, "CudaStep.java");

}  // namespace lowbit4j
