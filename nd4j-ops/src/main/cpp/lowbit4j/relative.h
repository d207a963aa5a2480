// Relative moments: which they are, in 4 bits. Included once per instruction set, inside its namespace and target, after
// its rules.

// The moment of a rule in units of whose root the sizes of others are bounded: the last SECOND or NORM,
// -1 if there is none. org.lowbit4j.rule.Moment.divisor.
template <class Rule>
LB_HD constexpr int divisorOf() {
  int last = -1;
  for (int k = 0; k < Rule::MOMENTS; k++) {
    bool divides = Rule::kind(k) == Kind::SECOND || Rule::kind(k) == Kind::NORM;
    last = divides ? k : last;
  }
  return last;
}

// Whether a moment is stored divided by what is stored of the divisor, in 4 bits.
template <class Rule>
LB_HD constexpr bool isRelative(int k) {
  return Rule::kind(k) == Kind::FIRST && divisorOf<Rule>() >= 0;
}

// What no relative moment of a block of 4 bits is larger than, by its scales; may be infinite.
template <class Rule>
LB_HD float relativeBound(const float* scales) {
  float bound = 0;
  if constexpr (divisorOf<Rule>() >= 0) {
    for (int k = 0; k < Rule::MOMENTS; k++) {
      bound = isRelative<Rule>(k) ? larger(bound, scales[k] * scales[divisorOf<Rule>()]) : bound;
    }
  }
  return bound;
}
