// org.lowbit4j.toy.SignMomentumRule
struct SignMomentum : Rule {
  static constexpr int ID = 2000;
  static constexpr int MOMENTS = 1;
  enum { RATE, BETA, ONE_MINUS_BETA, COEFFICIENTS };

  LB_HD static constexpr Kind kind(int) { return Kind::FIRST; }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    s[0] = fma(c[BETA], s[0], c[ONE_MINUS_BETA] * g);
    return bySign(s[0], c[RATE]);
  }
};
