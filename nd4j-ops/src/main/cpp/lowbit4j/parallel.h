// Shares blocks among threads: OpenMP's, which ND4J uses as well, so that no second pool competes
// for the cores; or plain threads where there is no OpenMP, as under the thread sanitizer.
#pragma once

#include "step.h"

#ifdef _OPENMP
#include <omp.h>
#else
#include <system_error>
#include <thread>
#endif

namespace lowbit4j {

constexpr int MOST_THREADS = 256;

// Calls part(share, from, to) on each thread, of which one is the caller's; returns the number of shares.
template <class Part>
int inParallel(int threads, int64_t blocks, const Part& part) {
  if (threads <= 1) {
    part(0, 0, blocks);
    return 1;
  }
  int shares = threads < MOST_THREADS ? threads : MOST_THREADS;
  auto share = [&](int i) { part(i, blocks * i / shares, blocks * (i + 1) / shares); };
#ifdef _OPENMP
#pragma omp parallel for num_threads(shares) schedule(static, 1)
  for (int i = 0; i < shares; i++) {
    share(i);
  }
#else
  std::thread others[MOST_THREADS];
  int begun = 1;
  try {
    for (; begun < shares; begun++) {
      others[begun] = std::thread(share, begun);
    }
  } catch (const std::system_error&) {
    // There can be no more: the rest is done here, as an exception would end the process.
  }
  share(0);
  for (int i = begun; i < shares; i++) {
    share(i);
  }
  for (int i = 1; i < begun; i++) {
    others[i].join();
  }
#endif
  return shares;
}

}  // namespace lowbit4j
