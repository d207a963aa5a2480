// What all optimizers have in common: percentile clipping, and the end of a step.
#include "../checksum.h"
#include "access.h"
#include "arguments.h"

namespace lowbit4j {

// org.lowbit4j.memory.SquaredNorm: eight sums per block, each in the order of its elements.
constexpr int NORM_BLOCK = 4096;
constexpr int NORM_LANES = 8;

LB_DEVICE double squareAt(const SquaresArguments& a, int64_t element) {
  float x[GROUP];
  loadWords(a.gradientWords, (const uint8_t*)a.gradient + element * bytesOf(a.gradientWords), 1, x);
  return isFinite(x[0]) ? (double)x[0] * x[0] : 0;
}

// Eight threads per block of the gradient.
extern "C" __global__ void __launch_bounds__(256) sumSquares(SquaresArguments a) {
  int64_t at = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  int lane = (int)(at % NORM_LANES);
  int64_t from = at / NORM_LANES * NORM_BLOCK;
  int64_t left = a.elements - from;
  int n = left < 0 ? 0 : left < NORM_BLOCK ? (int)left : NORM_BLOCK;
  double sum = 0;
  for (int i = lane; i < n; i += NORM_LANES) {
    sum += squareAt(a, from + i);
  }
  // ((l0+l1)+(l2+l3)) + ((l4+l5)+(l6+l7)): addition commutes, so each lane gets the same.
  for (int lanes = 1; lanes < NORM_LANES; lanes *= 2) {
    sum += __shfl_xor_sync(0xFFFFFFFF, sum, lanes);
  }
  if (lane == 0 && n > 0) {
    ((double*)a.squares)[at / NORM_LANES] = sum;
  }
}

constexpr int HISTORY = 100;

// org.lowbit4j.kernel.PercentileClipping, by one thread block of 128.
extern "C" __global__ void __launch_bounds__(128) clipGradient(ClipArguments a) {
  __shared__ float norms[HISTORY];
  __shared__ float norm;
  uint8_t* state = (uint8_t*)a.state;
  Answers* answers = (Answers*)a.answers;
  if (answers->foreign != 0) {
    return;
  }
  if (threadIdx.x == 0) {
    double sum = 0;
    for (int64_t block = 0; block < a.blocks; block++) {
      sum += ((const double*)a.squares)[block];
    }
    double exact = sqrt(sum);
    norm = exact < (double)LARGEST_FLOAT ? (float)exact : LARGEST_FLOAT;
  }
  __syncthreads();
  int i = (int)threadIdx.x;
  // Headers of fresh state are zero, others begin with a magic number.
  bool fresh = a.stateWords == HALF     ? *(const uint16_t*)state == 0
               : a.stateWords == DOUBLE ? *(const double*)state == 0
                                        : *(const float*)state == 0;
  if (i < HISTORY) {
    uint8_t* at = state + a.normsOffset + 4 * i;
    bool mine = fresh || i == a.iteration % HISTORY;
    float x = mine ? norm : loadPacked(a.stateWords, at);
    norms[i] = storePacked(a.stateWords, at, x);
  }
  __syncthreads();
  if (i < HISTORY) {
    // Its place in ascending order.
    int rank = 0;
    for (int j = 0; j < HISTORY; j++) {
      rank += norms[j] < norms[i] || (norms[j] == norms[i] && j < i);
    }
    if (rank == (a.percentile < HISTORY ? a.percentile : 0)) {
      float limit = a.percentile < HISTORY ? norms[i] : norm;
      answers->gradientScale = limit > 0 && norm > limit ? limit / norm : 1;
    }
  }
  if (i == 0) {
    Checksum sum;
    sum.addValues(norms, HISTORY);
    atomicAdd((unsigned long long*)&answers->checksum,
              (unsigned long long)sum.finish(a.moments, 0, 0));
  }
}

// The header: org.lowbit4j.state.StateHeader.
constexpr int CHECKSUM_AT = 13;
constexpr int CHECKSUM_DIGITS = 6;
constexpr int BASE_BITS = 11;

LB_DEVICE uint8_t* checksumAt(const HeaderArguments& a, int digit) {
  return (uint8_t*)a.state + (CHECKSUM_AT + digit) * bytesOf(a.stateWords);
}

// Whether the header is the one expected, but for its checksum, which is returned.
LB_DEVICE bool readHeader(const HeaderArguments& a, uint64_t* checksum) {
  const uint8_t* state = (const uint8_t*)a.state;
  int from = CHECKSUM_AT * bytesOf(a.stateWords);
  int to = from + CHECKSUM_DIGITS * bytesOf(a.stateWords);
  bool same = true;
  // Words of two bytes suit every array.
  for (int i = 0; i < a.headerBytes; i += 2) {
    int expected = a.header[i] | a.header[i + 1] << 8;
    same &= (i >= from && i < to) || *(const uint16_t*)(state + i) == expected;
  }
  *checksum = 0;
  for (int i = 0; i < CHECKSUM_DIGITS; i++) {
    float digit[GROUP];
    loadWords(a.stateWords, checksumAt(a, i), 1, digit);
    // Digits are whole numbers, and together have no more than 64 bits.
    bool last = i + 1 == CHECKSUM_DIGITS;
    int base = 1 << (last ? 64 - i * BASE_BITS : BASE_BITS);
    bool valid = digit[0] >= 0 && digit[0] < base && digit[0] == (float)(int)digit[0];
    same &= valid;
    *checksum |= (uint64_t)(valid ? (int)digit[0] : 0) << i * BASE_BITS;
  }
  return same;
}

LB_DEVICE bool isFresh(const HeaderArguments& a) {
  bool fresh = true;
  for (int i = 0; i < a.headerBytes; i += 2) {
    fresh &= *(const uint16_t*)(a.state + i) == 0;
  }
  return fresh;
}

// Before a step: one warp, of which one thread works.
extern "C" __global__ void __launch_bounds__(32) openStep(HeaderArguments a) {
  Answers* answers = (Answers*)a.answers;
  if (threadIdx.x != 0) {
    return;
  }
  if (a.adopted) {
    answers->foreign = 0;
  }
  if (answers->foreign != 0 || isFresh(a)) {
    return;
  }
  uint64_t checksum;
  bool same = readHeader(a, &checksum);
  if (!same || (!a.adopted && checksum != answers->written)) {
    answers->foreign = 1;
    ((Status*)a.status)->foreign = 1;
  }
}

// After a step.
extern "C" __global__ void __launch_bounds__(32) closeStep(HeaderArguments a) {
  uint8_t* state = (uint8_t*)a.state;
  Answers* answers = (Answers*)a.answers;
  if (threadIdx.x != 0 || answers->foreign != 0) {
    return;
  }
  for (int i = 0; i < a.headerBytes; i += 2) {
    *(uint16_t*)(state + i) = (uint16_t)(a.header[i] | a.header[i + 1] << 8);
  }
  uint64_t checksum = answers->checksum;
  for (int i = 0; i < CHECKSUM_DIGITS; i++) {
    float digit = (float)(int)(checksum >> i * BASE_BITS & ((1 << BASE_BITS) - 1));
    storeWords(a.stateWords, checksumAt(a, i), 1, &digit);
  }
  answers->written = checksum;
  answers->checksum = 0;
  ((Status*)a.status)->skipped = answers->skipped;
}

}  // namespace lowbit4j
