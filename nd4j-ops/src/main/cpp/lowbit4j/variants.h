// The variants of the kernel, one per instruction set: which there are, which of them this CPU has, and how
// a call reaches one. each_variant.h has their targets. How to add one: nd4j-ops/README.md.
#pragma once

#include "platform.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define LB_X86 1
// Checks on CPUs that have none spare the compiler the larger half of the code. macOS has AVX-512 on few machines, and
// turns it on when it is first used.
#if !defined(LB_UP_TO_AVX2) && !defined(__APPLE__)
#define LB_AVX512 1
#endif
// GCC 12's intrinsics begin with vectors that they leave undefined.
#if !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif
#elif defined(__aarch64__) && defined(__GNUC__)
#define LB_NEON 1
#include <arm_neon.h>
#endif

namespace lowbit4j {

// Instruction sets: org.lowbit4j.kernel.InstructionSet, by ordinal.
enum Isa { GENERIC, AVX2, AVX512, AVX512_VBMI, NEON, ISAS };

constexpr const char* ISA_NAMES[ISAS] = {"GENERIC", "AVX2", "AVX512", "AVX512_VBMI", "NEON"};

#if defined(LB_X86) && defined(__APPLE__)
// Apple's linker does not bring what the compiler's built-in function needs.
inline bool systemHas(const char* name) {
  int has = 0;
  size_t size = sizeof has;
  return sysctlbyname(name, &has, &size, nullptr, 0) == 0 && has != 0;
}
#endif

// The variants on vectors that are compiled here, in ascending order of preference, each one for CPUs
// that have all before it: namespace, instruction set, whether the CPU and the operating system have it.
#if defined(__APPLE__)
#define LB_HAS_AVX2 (systemHas("hw.optional.avx2_0") && systemHas("hw.optional.fma"))
#else
#define LB_HAS(feature) __builtin_cpu_supports(feature)
#define LB_HAS_AVX2 (LB_HAS("avx2") && LB_HAS("fma"))
#endif
#define LB_HAS_AVX512 \
  (LB_HAS("avx512f") && LB_HAS("avx512bw") && LB_HAS("avx512dq") && LB_HAS("avx512vl"))
#if defined(LB_AVX512)
#define LB_VARIANTS(X)             \
  X(avx2, AVX2, LB_HAS_AVX2)       \
  X(avx512, AVX512, LB_HAS_AVX512) \
  X(avx512vbmi, AVX512_VBMI, LB_HAS("avx512vbmi"))
#elif defined(LB_X86)
#define LB_VARIANTS(X) X(avx2, AVX2, LB_HAS_AVX2)
#elif defined(LB_NEON)
#define LB_VARIANTS(X) X(neon, NEON, true)
#else
#define LB_VARIANTS(X)
#endif

// Whether it can be used here.
inline bool hasIsa(int isa) {
#define LB_IS(variant, name, has) \
  if (!(has)) {                   \
    return false;                 \
  }                               \
  if (isa == name) {              \
    return true;                  \
  }
  if (isa == GENERIC) {
    return true;
  }
  LB_VARIANTS(LB_IS)
#undef LB_IS
  return false;
}

// The best one here.
inline int bestIsa() {
  int best = GENERIC;
  for (int isa = 0; isa < ISAS; isa++) {
    best = hasIsa(isa) ? isa : best;
  }
  return best;
}

// Name of an instruction set, null behind the last one.
inline const char* isaName(int isa) { return isa >= 0 && isa < ISAS ? ISA_NAMES[isa] : nullptr; }

}  // namespace lowbit4j
