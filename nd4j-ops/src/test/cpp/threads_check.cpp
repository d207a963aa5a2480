// Where there is no OpenMP, and no more threads can be had, all blocks are done all the same, each once. Of its own, as
// a limit of memory, which is what keeps threads from being made, does not go with sanitizers.
#include <sys/resource.h>

#include <atomic>
#include <cstdio>

#include "lowbit4j/parallel.h"

int main() {
  constexpr int64_t BLOCKS = 100;
  std::atomic<int> done[BLOCKS] = {};
  // Enough for some stacks of 8 MiB.
  rlimit limit{64 << 20, 64 << 20};
  setrlimit(RLIMIT_AS, &limit);
  lowbit4j::inParallel(64, BLOCKS, [&](int, int64_t from, int64_t to) {
    for (; from < to; from++) {
      done[from]++;
    }
  });
  for (const std::atomic<int>& times : done) {
    if (times != 1) {
      puts("WRONG: a block was not done, or more than once");
      return 1;
    }
  }
  puts("ok, without more threads");
  return 0;
}
