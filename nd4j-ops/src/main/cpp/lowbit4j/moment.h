// What rules say about their state.
#pragma once

#include "platform.h"

namespace lowbit4j {

// org.lowbit4j.rule.Moment.Kind
enum class Kind { FIRST, FIRST_OF_UPDATES, SECOND, NORM, SECOND_OF_UPDATES };

// The power of the gradient that a moment grows with.
LB_HD constexpr int degree(Kind kind) {
  return kind == Kind::SECOND                                 ? 2
         : kind == Kind::FIRST || kind == Kind::NORM ? 1
                                                     : 0;
}

LB_HD constexpr bool isSigned(Kind kind) {
  return kind == Kind::FIRST || kind == Kind::FIRST_OF_UPDATES;
}

LB_HD constexpr bool isSquare(Kind kind) {
  return kind == Kind::SECOND || kind == Kind::SECOND_OF_UPDATES;
}

constexpr int MOST_MOMENTS = 3;
constexpr int MOST_COEFFICIENTS = 16;

}  // namespace lowbit4j
