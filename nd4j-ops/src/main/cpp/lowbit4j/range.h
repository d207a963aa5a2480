// A range of blocks by any rule. Included once per instruction set, inside its namespace and target.

// Steps work on up to 300 KB, which is more than the stack that some threads have: each thread keeps
// them on the heap, as taking them anew would cost more than a small step.
template <class Steps>
Steps* ofThread(const Step& step) {
  static thread_local std::unique_ptr<unsigned char[]> memory(new unsigned char[sizeof(Steps) + 64]);
  uintptr_t aligned = ((uintptr_t)memory.get() + 63) & ~(uintptr_t)63;
  return new ((void*)aligned) Steps(step);
}

struct Range {
  const Step& step;
  int64_t from;
  int64_t to;
  Totals& totals;

  template <class Rule>
  __attribute__((noinline)) void rule() {
    if (FusedSteps<Rule>::suits(step)) {
      ofThread<FusedSteps<Rule>>(step)->run(from, to, totals);
      return;
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
