// The number type of rules where no vectors are used: one float.
#pragma once

#include "platform.h"

namespace lowbit4j {

struct Scalar {
  static constexpr int N = 1;
  float x;

  Scalar() = default;
  LB_HD explicit Scalar(float value) : x(value) {}
  LB_HD static Scalar load(const float* at) { return Scalar(*at); }
  LB_HD void store(float* at) const { *at = x; }

  LB_HD friend Scalar operator+(Scalar a, Scalar b) { return Scalar(a.x + b.x); }
  LB_HD friend Scalar operator-(Scalar a, Scalar b) { return Scalar(a.x - b.x); }
  LB_HD friend Scalar operator*(Scalar a, Scalar b) { return Scalar(a.x * b.x); }
  LB_HD friend Scalar operator/(Scalar a, Scalar b) { return Scalar(a.x / b.x); }
  LB_HD friend Scalar operator-(Scalar a) { return Scalar(-a.x); }
  LB_HD friend Scalar fma(Scalar a, Scalar b, Scalar c) { return Scalar(fma(a.x, b.x, c.x)); }
  LB_HD friend Scalar larger(Scalar a, Scalar b) { return Scalar(larger(a.x, b.x)); }
  LB_HD friend Scalar smaller(Scalar a, Scalar b) { return Scalar(smaller(a.x, b.x)); }
  LB_HD friend Scalar magnitude(Scalar a) { return Scalar(magnitude(a.x)); }
  LB_HD friend Scalar root(Scalar a) { return Scalar(root(a.x)); }
  LB_HD friend Scalar bySign(Scalar a, Scalar size) { return Scalar(bySign(a.x, size.x)); }
};

}  // namespace lowbit4j
