// A range of blocks by any rule. Included once per instruction set, inside its namespace and target.

struct Range {
  const Step& step;
  int64_t from;
  int64_t to;
  Totals& totals;

  template <class Rule>
  __attribute__((noinline)) void rule() {
    if (FusedSteps<Rule>::suits(step)) {
      FusedSteps<Rule> fused(step);
      fused.run(from, to, totals);
      return;
    }
    if (PlainSteps<Rule>::suits(step)) {
      PlainSteps<Rule> plain(step);
      plain.run(from, to, totals);
      return;
    }
    BlockStep<Rule, Vector> careful(step);
    for (int64_t block = from; block < to; block++) {
      careful.run(block, totals);
    }
  }
};
