// Adam with state in float32: ../plain_adam.ptx, and the same on the host.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "driver.h"

namespace gpu {

struct PlainAdam {
  static constexpr int GROUP = 4;
  static constexpr int THREADS = 256;
  static constexpr int BYTES_PER_ELEMENT = 6 * 4;

  uint64_t gradient;
  uint64_t m;
  uint64_t v;
  // Of four elements.
  uint64_t groups;
  float beta1 = 0.9f;
  float oneLessBeta1 = 0.1f;
  float beta2 = 0.999f;
  float oneLessBeta2 = 0.001f;
  float rate = 1e-3f;
  float epsilon = 1e-8f;

  unsigned grid() const { return (unsigned)((groups + THREADS - 1) / THREADS); }

  void launch(const Driver& driver, Function function, Stream stream) {
    driver.launch(function, grid(), THREADS, stream, this);
  }

  // One operation after the other, as the kernel does it.
  void onHost(std::vector<float>& g, std::vector<float>& m, std::vector<float>& v) const {
    for (size_t i = 0; i < g.size(); i++) {
      float gradient = g[i];
      m[i] = beta1 * m[i] + oneLessBeta1 * gradient;
      v[i] = beta2 * v[i] + oneLessBeta2 * (gradient * gradient);
      g[i] = rate * m[i] / (std::sqrt(v[i]) + epsilon);
    }
  }
};
static_assert(sizeof(PlainAdam) == 56, "plain_adam.ptx");

}  // namespace gpu
