// Maxima and sums over the threads of a block. Whole numbers only, so that their order does not
// matter.
#pragma once

#include "device.h"

namespace lowbit4j {

constexpr uint32_t ALL_LANES = 0xFFFFFFFF;

// Between what threads of a block put down and what they pick up.
enum Stage { LOADED, LARGEST, ADDED_UP, JUDGED, ARRIVED, COUNTED, CLOSED };

// The stage is for readers, and for tests that leave out a barrier.
LB_DEVICE void barrier(Stage) { __syncthreads(); }

// One number per warp. Whoever uses it again must have passed another barrier in between.
template <class T>
struct PerWarp {
  T of[MOST_THREADS / WARP];

  // Of each warp, by its first lane; then a barrier makes them known.
  LB_DEVICE void put(T x) {
    if (thread() % WARP == 0) {
      of[thread() / WARP] = x;
    }
  }

  LB_DEVICE T sum() const {
    T x = of[0];
    for (int w = 1; w < warps(); w++) {
      x += of[w];
    }
    return x;
  }

  LB_DEVICE T largest() const {
    T x = of[0];
    for (int w = 1; w < warps(); w++) {
      x = of[w] > x ? of[w] : x;
    }
    return x;
  }
};

template <class T>
LB_DEVICE T warpSum(T x) {
#pragma unroll
  for (int lanes = WARP / 2; lanes > 0; lanes /= 2) {
    x += __shfl_xor_sync(ALL_LANES, x, lanes);
  }
  return x;
}

LB_DEVICE uint32_t warpLargest(uint32_t x) {
#pragma unroll
  for (int lanes = WARP / 2; lanes > 0; lanes /= 2) {
    uint32_t other = __shfl_xor_sync(ALL_LANES, x, lanes);
    x = other > x ? other : x;
  }
  return x;
}

// Makes what this thread wrote before known to others that see what it adds to a sum behind; makes
// what others wrote known to this one.
enum Side { BEFORE, BEHIND };

LB_DEVICE void fence(Side) { __threadfence(); }

// Whether all other thread blocks of the launch have come here, too; what they read and wrote
// before is then over, and visible. No thread block waits for another. (NVIDIA's sample
// threadFenceReduction.) The count is 0 again when the last has come.
LB_DEVICE bool isLastBlock(uint32_t* arrived, int& shared) {
  barrier(ARRIVED);
  if (thread() == 0) {
    fence(BEFORE);
    uint32_t others = atomicInc(arrived, gridDim.x - 1);
    fence(BEHIND);
    shared = others == gridDim.x - 1;
  }
  barrier(COUNTED);
  return shared != 0;
}

}  // namespace lowbit4j
