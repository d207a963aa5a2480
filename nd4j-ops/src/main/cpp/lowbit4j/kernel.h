// Runs a step: chooses the instruction set's variant and shares the blocks among threads.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

#include "checksum.h"
#include "scalar.h"
#include "step.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define LB_X86 1
// Checks on CPUs that have none spare the compiler the larger half of the code.
#if !defined(LB_UP_TO_AVX2)
#define LB_AVX512 1
#endif
// GCC 12's intrinsics begin with vectors that they leave undefined.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "vector_tables.h"
#define LB_INLINE __attribute__((always_inline)) inline
#endif

#include "parallel.h"

namespace lowbit4j {

// Instruction sets, in the order of preference.
enum Isa { GENERIC = 0, AVX2 = 1, AVX512 = 2, AVX512_VBMI = 3 };

#ifdef LB_X86

#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include "vector256.h"
#include "axpy.h"
#include "power.h"
#include "nearest.h"
#include "rules.h"
#include "block.h"
#include "sweep.h"
#include "compensation.h"
#include "fused.h"
#include "plain.h"
#include "range.h"
#include "squares.h"
}  // namespace avx2
#pragma GCC pop_options

#ifdef LB_AVX512

#pragma GCC push_options
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")
namespace avx512 {
#include "vector512.h"
#include "axpy.h"
#include "power.h"
#include "nearest.h"
#include "rules.h"
#include "block.h"
#include "sweep.h"
#include "compensation.h"
#include "fused.h"
#include "plain.h"
#include "range.h"
#include "squares.h"
}  // namespace avx512
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")
#define LB_VBMI 1
namespace avx512vbmi {
#include "vector512.h"
#include "axpy.h"
#include "power.h"
#include "nearest.h"
#include "rules.h"
#include "block.h"
#include "sweep.h"
#include "compensation.h"
#include "fused.h"
#include "plain.h"
#include "range.h"
}  // namespace avx512vbmi
#undef LB_VBMI
#pragma GCC pop_options

#endif

#endif

namespace generic {
using Vector = Scalar;
#include "axpy.h"
#include "serial.h"
#include "rules.h"
#include "block.h"
#include "squares.h"

struct Range {
  const Step& step;
  int64_t from;
  int64_t to;
  Totals& totals;

  template <class Rule>
  void rule() {
    BlockStep<Rule, Scalar> careful(step);
    for (int64_t block = from; block < to; block++) {
      careful.run(block, totals);
    }
  }
};
}  // namespace generic

// The best instruction set that this CPU and the operating system have.
inline int bestIsa() {
#ifdef LB_X86
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return GENERIC;
  }
#endif
#ifdef LB_AVX512
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
    return AVX2;
  }
  return __builtin_cpu_supports("avx512vbmi") ? AVX512_VBMI : AVX512;
#elif defined(LB_X86)
  return AVX2;
#else
  return GENERIC;
#endif
}

// Blocks from..to of a step; returns whether the rule is known.
inline bool runBlocks(const Step& step, int64_t from, int64_t to, Totals& totals) {
#ifdef LB_AVX512
  if (step.isa == AVX512_VBMI) {
    avx512vbmi::Range range{step, from, to, totals};
    return avx512vbmi::withRule(step.rule, range);
  }
  if (step.isa == AVX512) {
    avx512::Range range{step, from, to, totals};
    return avx512::withRule(step.rule, range);
  }
#endif
#ifdef LB_X86
  if (step.isa == AVX2) {
    avx2::Range range{step, from, to, totals};
    return avx2::withRule(step.rule, range);
  }
#endif
  generic::Range range{step, from, to, totals};
  return generic::withRule(step.rule, range);
}

// Does the step; returns whether its rule is one of this library's.
inline bool run(Step& step) {
  Totals totals;
  bool known = true;
  int64_t first = step.firstBlock;
  if (step.threads <= 1) {
    known = runBlocks(step, first, step.endBlock, totals);
  } else {
    Totals parts[MOST_THREADS];
    bool good[MOST_THREADS];
    int shares = inParallel(
        step.threads, step.endBlock - first, [&](int share, int64_t from, int64_t to) {
          // Of its own: threads that add to neighbours in memory wait for each other.
          Totals part;
          good[share] = runBlocks(step, first + from, first + to, part);
          parts[share] = part;
        });
    for (int i = 0; i < shares; i++) {
      totals.checksum += parts[i].checksum;
      totals.skipped += parts[i].skipped;
      totals.damaged += parts[i].damaged;
      known &= good[i];
    }
  }
  step.checksum = totals.checksum;
  step.skipped = totals.skipped;
  step.damaged = totals.damaged;
  return known;
}

}  // namespace lowbit4j
