// CUDA's execution model on one CPU thread: each thread of a block is a fiber, and a seeded choice
// decides who runs next. Kernels are compiled as C++ against this header, unchanged.
//
// A fiber runs until it waits for others (a barrier, a shuffle), so whatever a kernel wrongly
// assumes to have happened in the meantime shows itself in its results, or to the thread sanitizer.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace emulation {

struct Dim {
  uint32_t x = 1;
  uint32_t y = 1;
  uint32_t z = 1;
};

struct Fiber {
  Dim index;
  void* stackPointer;
  void* sanitizer;
  bool waits;
  bool done;
};

extern Fiber* running;
extern Dim blockIndex;
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
  // Shared memory of all kernels, filled with NaNs before each block.
  char* sharedFrom;
  char* sharedTo;
  // Counted by translated PTX only.
  uint64_t* counts;
};

// Runs all blocks in an order of its own; false if a block did not come to its end, see fault().
bool launch(const Module& module, Kernel kernel, const void* arguments, Dim grid, Dim block,
            uint64_t seed);
const char* fault();

// For kernels.
void barrier();
uint64_t shuffleXor(uint32_t mask, uint64_t value, uint32_t lanes);
[[noreturn]] void fail(const char* reason);

}  // namespace emulation

#define __global__
#define __device__
#define __forceinline__ __attribute__((always_inline)) inline
#define __launch_bounds__(threads)
#define __shared__ static __attribute__((section("emulated_shared")))

#define threadIdx (emulation::running->index)
#define blockIdx (emulation::blockIndex)
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

inline unsigned long long atomicAdd(unsigned long long* at, unsigned long long x) {
  return __atomic_fetch_add(at, x, __ATOMIC_RELAXED);
}

// At the end of a module's source.
#define EMULATED_MODULE(...)                                                                   \
  extern "C" char __start_emulated_shared[] __attribute__((visibility("hidden")));             \
  extern "C" char __stop_emulated_shared[] __attribute__((visibility("hidden")));              \
  static const emulation::Entry ENTRIES[] = {__VA_ARGS__};                                     \
  extern "C" const emulation::Module emulatedModule = {ENTRIES,                                \
                                                       sizeof ENTRIES / sizeof ENTRIES[0],     \
                                                       __start_emulated_shared,                \
                                                       __stop_emulated_shared, nullptr};
