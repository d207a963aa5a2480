// What is CUDA's own: built by NVRTC or nvcc, or for the CPU under an emulation of its threads.
#pragma once

#include "../platform.h"

#if !defined(__CUDACC__)
#include "cuda_emulation.h"
#endif

#define LB_DEVICE __device__ __forceinline__

#if defined(__CUDACC__)
// Storage that the threads of a block share.
#define LB_SHARED(type, name) __shared__ type name
#endif

namespace lowbit4j {

constexpr int WARP = 32;

// Elements that a thread has in its registers.
constexpr int GROUP = 4;

// Threads for the largest quantization block. It also tells the compiler to make do with 64
// registers.
constexpr int MOST_THREADS = 1024;

LB_DEVICE int thread() { return (int)threadIdx.x; }
LB_DEVICE int warps() { return (int)blockDim.x / WARP; }

}  // namespace lowbit4j
