// The variant without vectors, for any CPU.
#pragma once

#include "codebook.h"
#include "scalar.h"
#include "step.h"

namespace lowbit4j::generic {

using Vector = Scalar;

#include "axpy.h"
#include "serial.h"
#include "rules.h"
#include "relative.h"
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

#include "calls.h"

}  // namespace lowbit4j::generic
