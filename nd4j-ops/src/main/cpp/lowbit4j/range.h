// A range of blocks by any rule. Included once per instruction set, inside its namespace and target.

// Steps work on up to 300 KB, which is more than the stack that some threads have: each thread keeps
// them on the heap, as taking them anew would cost more than a small step.
//
// The CPU compares loads with earlier stores by the lowest 12 bits of addresses first, and waits where
// these are equal. How arrays of steps and tables lie modulo 4 KiB made up to 10% of a step's time; of
// the places tried this one was good for all rules.
template <class Steps>
Steps* ofThread(const Step& step) {
  constexpr uintptr_t PAGE = 4096;
  constexpr uintptr_t PLACE = 0xB00;
  static thread_local std::unique_ptr<unsigned char[]> memory(
      new unsigned char[sizeof(Steps) + 2 * PAGE]);
  uintptr_t aligned = (((uintptr_t)memory.get() + PAGE - 1) & ~(PAGE - 1)) + PLACE;
  return new ((void*)aligned) Steps(step);
}

struct Range {
  const Step& step;
  int64_t from;
  int64_t to;
  Totals& totals;

  template <class Rule>
  __attribute__((noinline)) void rule() {
    if (FusedSteps<Rule, PowerMap>::suits(step)) {
      ofThread<FusedSteps<Rule, PowerMap>>(step)->run(from, to, totals);
      return;
    }
    if (FusedSteps<Rule, PowerMap4>::suits(step)) {
      ofThread<FusedSteps<Rule, PowerMap4>>(step)->run(from, to, totals);
      return;
    }
    if constexpr (!Rule::COMPENSATES) {
      if (FusedSteps<Rule, NearestMap>::suits(step)) {
        ofThread<FusedSteps<Rule, NearestMap>>(step)->run(from, to, totals);
        return;
      }
    }
    if (PlainSteps<Rule>::suits(step)) {
      ofThread<PlainSteps<Rule>>(step)->run(from, to, totals);
      return;
    }
    auto* careful = ofThread<BlockStep<Rule, Vector>>(step);
    for (int64_t block = from; block < to; block++) {
      careful->run(block, totals);
    }
  }
};
