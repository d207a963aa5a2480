// Runs a step: calls the variant of its instruction set, and shares the blocks among threads.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

#include "checksum.h"
#include "generic.h"
#include "parallel.h"
#include "variants.h"

#if defined(__GNUC__)
#include "vector_tables.h"
#define LB_INLINE __attribute__((always_inline)) inline
#define LB_IN_EACH_VARIANT "variant.h"
#include "each_variant.h"
#endif

namespace lowbit4j {

// Calls visit(variant) with that of an instruction set.
template <class Visit>
auto withVariant(int isa, const Visit& visit) {
#define LB_CASE(variant, name, has) \
  if (isa == name) {                \
    return visit(variant::Variant()); \
  }
  LB_VARIANTS(LB_CASE)
#undef LB_CASE
  return visit(generic::Variant());
}

// Blocks from..to of a step; returns whether the rule is known.
inline bool runBlocks(const Step& step, int64_t from, int64_t to, Totals& totals) {
  return withVariant(step.isa, [&](auto variant) {
    return decltype(variant)::runBlocks(step, from, to, totals);
  });
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
