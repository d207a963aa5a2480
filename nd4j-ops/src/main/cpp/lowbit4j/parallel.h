// Shares blocks among threads: OpenMP's, which ND4J uses as well, so that no second pool competes
// for the cores; or plain threads where there is no OpenMP, as under the thread sanitizer.
#pragma once

#include "step.h"

#ifdef _OPENMP
#include <omp.h>
#else
#include <thread>
#endif

namespace lowbit4j {

// Calls part(from, to, totals) on each thread and adds up; returns whether all parts were true.
template <class Part>
bool inParallel(int threads, int64_t blocks, Totals& totals, const Part& part) {
  constexpr int MOST_THREADS = 256;
  Totals each[MOST_THREADS];
  bool good[MOST_THREADS];
  int shares = threads < MOST_THREADS ? threads : MOST_THREADS;
  auto share = [&](int i) {
    good[i] = part(blocks * i / shares, blocks * (i + 1) / shares, each[i]);
  };
#ifdef _OPENMP
#pragma omp parallel for num_threads(shares) schedule(static, 1)
  for (int i = 0; i < shares; i++) {
    share(i);
  }
#else
  std::thread others[MOST_THREADS];
  for (int i = 1; i < shares; i++) {
    others[i] = std::thread(share, i);
  }
  share(0);
  for (int i = 1; i < shares; i++) {
    others[i].join();
  }
#endif
  bool all = true;
  for (int i = 0; i < shares; i++) {
    totals.checksum += each[i].checksum;
    totals.skipped += each[i].skipped;
    all = all && good[i];
  }
  return all;
}

}  // namespace lowbit4j
