// CUDA's execution model on one CPU thread: each thread is a fiber, several blocks are under way at
// a time, and a seeded choice decides who runs next. Kernels are compiled as C++ against this
// header, unchanged.
//
// A fiber runs until it waits for others (a barrier, a shuffle) or passes a fence or an atomic
// operation, so whatever a kernel wrongly assumes to have happened in the meantime shows itself in
// its results. To the thread sanitizer, threads of a block are ordered by barriers only, and
// different blocks by nothing but fences around atomic operations.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace emulation {

// Shared memory of a block, which holds one structure.
constexpr int SHARED_BYTES = 16384;

struct Dim {
  uint32_t x = 1;
  uint32_t y = 1;
  uint32_t z = 1;
};

struct Block {
  Dim index;
  // Its own shared memory.
  char* shared;
};

struct Fiber {
  Dim index;
  Block* block;
  void* stackPointer;
  bool waits;
  // To the thread sanitizer: itself; what it knew at its last fence; what its atomic operations saw.
  void* sanitizer;
  void* fenced;
  void* observed;
};

extern Fiber* running;
extern Dim blockSize;
extern Dim gridSize;

using Kernel = void (*)(const void* arguments);

// What a module exports as emulatedModule.
struct Entry {
  const char* name;
  Kernel kernel;
};
struct Module {
  const Entry* entries;
  int count;
  // Counted by translated PTX only.
  uint64_t* counts;
};

// Runs all blocks in an order of its own; false if a block did not come to its end, see fault().
bool launch(Kernel kernel, const void* arguments, Dim grid, Dim block, uint64_t seed);
const char* fault();

// For kernels.
void barrier();
uint64_t shuffleXor(uint32_t mask, uint64_t value, uint32_t lanes);
void fence();
// Before an atomic operation.
void atomic(const void* at);
[[noreturn]] void fail(const char* reason);

}  // namespace emulation

#define __global__
#define __device__
#define __forceinline__ __attribute__((always_inline)) inline
#define __launch_bounds__(threads)
// Filled with NaNs.
#define LB_SHARED(type, name)                            \
  static_assert(sizeof(type) <= emulation::SHARED_BYTES); \
  type& name = *(type*)emulation::running->block->shared

#define threadIdx (emulation::running->index)
#define blockIdx (emulation::running->block->index)
#define blockDim (emulation::blockSize)
#define gridDim (emulation::gridSize)

// As aligned as CUDA has them, for the sanitizer to check.
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) uint2 {
  uint32_t x, y;
};
struct alignas(16) double2 {
  double x, y;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint2 make_uint2(uint32_t x, uint32_t y) { return {x, y}; }
inline double2 make_double2(double x, double y) { return {x, y}; }

inline void __syncthreads() { emulation::barrier(); }

template <class T>
inline T __shfl_xor_sync(uint32_t mask, T x, int lanes) {
  uint64_t bits = 0;
  memcpy(&bits, &x, sizeof x);
  bits = emulation::shuffleXor(mask, bits, (uint32_t)lanes);
  memcpy(&x, &bits, sizeof x);
  return x;
}

template <class T>
inline T __ldg(const T* at) {
  return *at;
}

inline int __popc(uint32_t x) { return __builtin_popcount(x); }

inline void __threadfence() { emulation::fence(); }

inline unsigned long long atomicAdd(unsigned long long* at, unsigned long long x) {
  emulation::atomic(at);
  return __atomic_fetch_add(at, x, __ATOMIC_RELAXED);
}

inline unsigned long long atomicExch(unsigned long long* at, unsigned long long x) {
  emulation::atomic(at);
  return __atomic_exchange_n(at, x, __ATOMIC_RELAXED);
}

// Adds 1, behind a limit 0 follows.
inline uint32_t atomicInc(uint32_t* at, uint32_t limit) {
  emulation::atomic(at);
  uint32_t old = __atomic_load_n(at, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(at, &old, old >= limit ? 0 : old + 1, false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}

// At the end of a module's source.
#define EMULATED_MODULE(...)                                                                   \
  static const emulation::Entry ENTRIES[] = {__VA_ARGS__};                                     \
  extern "C" const emulation::Module emulatedModule = {                                        \
      ENTRIES, sizeof ENTRIES / sizeof ENTRIES[0], nullptr};
