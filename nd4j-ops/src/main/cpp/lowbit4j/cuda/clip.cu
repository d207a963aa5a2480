// Percentile clipping: notes the gradient's norm in the state and finds what the gradient is
// multiplied by.
#include "../checksum.h"
#include "access.h"
#include "arguments.h"
#include "header.h"
#include "reduce.h"

namespace lowbit4j {

// org.lowbit4j.memory.SquaredNorm: eight sums per block, each in the order of its elements.
constexpr int NORM_LANES = 8;
constexpr int NORM_THREADS = 256;

// org.lowbit4j.kernel.PercentileClipping
constexpr int HISTORY = 100;

struct ClipExchange {
  double squares[NORM_THREADS];
  float norms[HISTORY];
  int damaged;
  int verdict;
  int last;
};

LB_DEVICE double squareAt(const ClipArguments& a, int64_t element) {
  float x[GROUP];
  loadWords(a.gradientWords, (const uint8_t*)a.gradient + element * bytesOf(a.gradientWords), 1, x);
  return isFinite(x[0]) ? (double)x[0] * x[0] : 0;
}

// Eight threads per block of the norm.
LB_DEVICE void sumSquares(const ClipArguments& a) {
  int64_t at = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  int lane = (int)(at % NORM_LANES);
  int64_t from = at / NORM_LANES * a.normBlock;
  int64_t left = a.elements - from;
  int n = left < 0 ? 0 : left < a.normBlock ? (int)left : a.normBlock;
  double sum = 0;
  for (int i = lane; i < n; i += NORM_LANES) {
    sum += squareAt(a, from + i);
  }
  // ((l0+l1)+(l2+l3)) + ((l4+l5)+(l6+l7)): addition commutes, so each lane gets the same.
  for (int lanes = 1; lanes < NORM_LANES; lanes *= 2) {
    sum += __shfl_xor_sync(ALL_LANES, sum, lanes);
  }
  if (lane == 0 && n > 0) {
    ((double*)a.squares)[at / NORM_LANES] = sum;
  }
}

// Sums of all thread blocks, added in order.
LB_DEVICE double sumOfSquares(const ClipArguments& a, ClipExchange& exchange) {
  // Volatile: not what a cache of this multiprocessor may have.
  const volatile double* squares = (const volatile double*)a.squares;
  int64_t blocks = (a.elements + a.normBlock - 1) / a.normBlock;
  double sum = 0;
  for (int64_t from = 0; from < blocks; from += NORM_THREADS) {
    int n = blocks - from < NORM_THREADS ? (int)(blocks - from) : NORM_THREADS;
    if (thread() < n) {
      exchange.squares[thread()] = squares[from + thread()];
    }
    __syncthreads();
    for (int i = 0; i < n; i++) {
      sum += exchange.squares[i];
    }
    __syncthreads();
  }
  return sum;
}

LB_DEVICE void clip(const ClipArguments& a, bool fresh, ClipExchange& exchange) {
  double exact = sqrt(sumOfSquares(a, exchange));
  float norm = exact < (double)LARGEST_FLOAT ? (float)exact : LARGEST_FLOAT;
  Answers* answers = (Answers*)a.answers;
  int i = thread();
  uint8_t* at = (uint8_t*)a.state + a.normsOffset + 4 * i;
  float present = i < HISTORY ? loadPacked(a.stateWords, at) : 0;
  if (i == 0) {
    exchange.damaged = 0;
  }
  __syncthreads();
  if (!(present >= 0 && present <= LARGEST_FLOAT)) {
    exchange.damaged = 1;
  }
  __syncthreads();
  if (exchange.damaged) {
    // The update that follows leaves the state alone.
    if (i == 0) {
      atomicAdd((unsigned long long*)&answers->damaged, 1ull);
    }
    return;
  }
  if (i < HISTORY) {
    bool mine = fresh || i == a.iteration % HISTORY;
    exchange.norms[i] = storePacked(a.stateWords, at, mine ? norm : present);
  }
  __syncthreads();
  if (i < HISTORY) {
    // Its place in ascending order.
    const float* norms = exchange.norms;
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
    sum.addValues(exchange.norms, HISTORY);
    atomicAdd((unsigned long long*)&answers->checksum,
              (unsigned long long)sum.finish(a.moments, 0, 0));
  }
}

// Before the update, which finds the same verdict: this changes nothing of the header.
extern "C" __global__ void __launch_bounds__(NORM_THREADS) clipGradient(ClipArguments a) {
  LB_SHARED(ClipExchange, exchange);
  Answers* answers = (Answers*)a.answers;
  StateHeader header(a.header, a.state, a.stateWords);
  Verdict verdict = header.judge(*answers, exchange.verdict);
  sumSquares(a);
  if (isLastBlock(&answers->arrived, exchange.last) && verdict != FOREIGN) {
    clip(a, verdict == FRESH, exchange);
  }
}

}  // namespace lowbit4j
