// The arithmetic of the optimizers: org.lowbit4j.rule, operation by operation.
//
// A rule is written once, for any number type F with + - * /, fma, root, larger, smaller, magnitude and
// bySign: Scalar, a vector, a CUDA float. One rounding per operation in the order written, fused where
// it says fma and nowhere else (build with -ffp-contract=off, --fmad=false). Included once per
// instruction set, inside its namespace and target.

// What most rules have in common.
struct Rule {
  static constexpr int UPDATE_DEGREE = 0;
  static constexpr bool COMPENSATES = false;

  LB_HD static float floor(const float*) { return 0; }
  LB_HD static void rescale(float*, float) {}

  // An epsilon in units of the gradient, or of its square, that stays positive and finite.
  LB_HD static float rescaled(float epsilon, float factor) {
    return smaller(larger(epsilon * factor, 0x1p-126f), LARGEST_FLOAT);
  }
  LB_HD static float rescaledSquare(float epsilon, float factor) {
    return rescaled(epsilon * factor, factor);
  }
};

// Coefficients of the Adam family, in the order of AdamRule.
struct AdamFamily : Rule {
  enum { EPSILON, ALPHA, BETA1, ONE_MINUS_BETA1, BETA2, ONE_MINUS_BETA2, COEFFICIENTS };
  static constexpr int MOMENTS = 2;

  LB_HD static constexpr Kind kind(int k) { return k == 0 ? Kind::FIRST : Kind::SECOND; }
  LB_HD static void rescale(float* c, float factor) { c[EPSILON] = rescaled(c[EPSILON], factor); }
};

struct Adam : AdamFamily {
  static constexpr int ID = 1;

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    s[0] = fma(c[BETA1], s[0], c[ONE_MINUS_BETA1] * g);
    s[1] = fma(c[BETA2], s[1], c[ONE_MINUS_BETA2] * (g * g));
    return (c[ALPHA] * s[0]) / (root(s[1]) + c[EPSILON]);
  }
};

struct AMSGrad : AdamFamily {
  static constexpr int ID = 2;
  static constexpr int MOMENTS = 3;

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    s[0] = fma(c[BETA1], s[0], c[ONE_MINUS_BETA1] * g);
    s[1] = fma(c[BETA2], s[1], c[ONE_MINUS_BETA2] * (g * g));
    s[2] = larger(s[2], s[1]);
    return (c[ALPHA] * s[0]) / (root(s[2]) + c[EPSILON]);
  }
};

struct Nadam : AdamFamily {
  static constexpr int ID = 3;

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    F a = c[ONE_MINUS_BETA1] * g;
    s[0] = fma(c[BETA1], s[0], a);
    s[1] = fma(c[BETA2], s[1], c[ONE_MINUS_BETA2] * (g * g));
    return (c[ALPHA] * fma(c[BETA1], s[0], a)) / (root(s[1]) + c[EPSILON]);
  }
};

struct AdaBelief : AdamFamily {
  static constexpr int ID = 4;
  enum { EPSILON_IN_S = AdamFamily::COEFFICIENTS, COEFFICIENTS };

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    s[0] = fma(c[BETA1], s[0], c[ONE_MINUS_BETA1] * g);
    F d = g - s[0];
    s[1] = fma(c[BETA2], s[1], fma(c[ONE_MINUS_BETA2], d * d, c[EPSILON_IN_S]));
    return (c[ALPHA] * s[0]) / (root(s[1]) + c[EPSILON]);
  }
  LB_HD static float floor(const float* c) { return root(c[EPSILON_IN_S]); }
  LB_HD static void rescale(float* c, float factor) {
    c[EPSILON] = rescaled(c[EPSILON], factor);
    c[EPSILON_IN_S] = rescaledSquare(c[EPSILON_IN_S], factor);
  }
};

struct AdaMax : Rule {
  static constexpr int ID = 5;
  static constexpr int MOMENTS = 2;
  enum { EPSILON, ALPHA, BETA1, ONE_MINUS_BETA1, BETA2, COEFFICIENTS };

  LB_HD static constexpr Kind kind(int k) { return k == 0 ? Kind::FIRST : Kind::NORM; }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    s[0] = fma(c[BETA1], s[0], c[ONE_MINUS_BETA1] * g);
    s[1] = larger(c[BETA2] * s[1], magnitude(g));
    return (c[ALPHA] * s[0]) / (s[1] + c[EPSILON]);
  }
  LB_HD static void rescale(float* c, float factor) { c[EPSILON] = rescaled(c[EPSILON], factor); }
};

struct Adagrad : Rule {
  static constexpr int ID = 6;
  static constexpr int MOMENTS = 1;
  enum { EPSILON, RATE, START, COEFFICIENTS };

  LB_HD static constexpr Kind kind(int) { return Kind::SECOND; }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    s[0] = fma(g, g, s[0]);
    return (c[RATE] * g) / (root(s[0] + c[START]) + c[EPSILON]);
  }
  LB_HD static float floor(const float* c) { return root(c[START]); }
  LB_HD static void rescale(float* c, float factor) {
    c[EPSILON] = rescaled(c[EPSILON], factor);
    c[START] = rescaledSquare(c[START], factor);
  }
};

// RMSprop, optionally centred and with momentum.
template <int NUMBER, bool CENTERED, bool MOMENTUM>
struct RMSpropFamily : Rule {
  static constexpr int ID = NUMBER;
  static constexpr int MOMENTS = 1 + CENTERED + MOMENTUM;
  enum { EPSILON, RATE, DECAY, ONE_MINUS_DECAY, START, MU };
  static constexpr int COEFFICIENTS = MOMENTUM ? MU + 1 : MU;

  LB_HD static constexpr Kind kind(int k) {
    return k == 0               ? Kind::SECOND
           : CENTERED && k == 1 ? Kind::FIRST
                                : Kind::FIRST_OF_UPDATES;
  }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    if (CENTERED) {
      F d = g - s[1];
      s[0] = c[DECAY] * fma(c[ONE_MINUS_DECAY], d * d, s[0]);
      s[1] = fma(c[DECAY], s[1], c[ONE_MINUS_DECAY] * g);
    } else {
      s[0] = fma(c[DECAY], s[0], c[ONE_MINUS_DECAY] * (g * g));
    }
    F divisor = root(s[0] + c[START]) + c[EPSILON];
    if (!MOMENTUM) {
      F update = (c[RATE] * g) / divisor;
      return CENTERED ? clamp(update, F(0x1p100f)) : update;
    }
    F& b = s[MOMENTS - 1];
    b = fma(c[COEFFICIENTS - 1], b, clamp(g / divisor, F(0x1p80f)));
    return c[RATE] * b;
  }
  template <class F>
  LB_HD static F clamp(F x, F largest) {
    return larger(F(0.0f) - largest, smaller(largest, x));
  }
  LB_HD static float floor(const float* c) { return root(c[START]); }
  LB_HD static void rescale(float* c, float factor) {
    c[EPSILON] = rescaled(c[EPSILON], factor);
    c[START] = rescaledSquare(c[START], factor);
  }
};

using RMSprop = RMSpropFamily<7, false, false>;
using RMSpropMomentum = RMSpropFamily<13, false, true>;
using RMSpropCentered = RMSpropFamily<14, true, false>;
using RMSpropCenteredMomentum = RMSpropFamily<15, true, true>;

struct Nesterovs : Rule {
  static constexpr int ID = 8;
  static constexpr int MOMENTS = 1;
  static constexpr int UPDATE_DEGREE = 1;
  enum { RATE, MOMENTUM, ONE_PLUS_MOMENTUM, COEFFICIENTS };

  LB_HD static constexpr Kind kind(int) { return Kind::FIRST; }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    F p = c[MOMENTUM] * s[0];
    s[0] = fma(-c[RATE], g, p);
    return fma(-c[ONE_PLUS_MOMENTUM], s[0], p);
  }
};

struct AdaDelta : Rule {
  static constexpr int ID = 9;
  static constexpr int MOMENTS = 2;
  static constexpr bool COMPENSATES = true;
  enum { RHO, ONE_MINUS_RHO, EPSILON_OF_GRADIENTS, EPSILON_OF_UPDATES, COEFFICIENTS };

  LB_HD static constexpr Kind kind(int k) {
    return k == 0 ? Kind::SECOND : Kind::SECOND_OF_UPDATES;
  }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    F x = s[1];
    s[0] = fma(c[RHO], s[0], c[ONE_MINUS_RHO] * (g * g));
    F u = g * root((x + c[EPSILON_OF_UPDATES]) * inverse(s[0], c));
    s[1] = fma(c[RHO], x, c[ONE_MINUS_RHO] * (u * u));
    return u;
  }
  LB_HD static float floor(const float* c) { return root(c[EPSILON_OF_GRADIENTS]); }
  LB_HD static void rescale(float* c, float factor) {
    c[EPSILON_OF_GRADIENTS] = rescaledSquare(c[EPSILON_OF_GRADIENTS], factor);
  }

  // Of the first moment, for the step and for compensation: one division for both.
  template <class F>
  LB_HD static F inverse(F exact, const F* c) {
    return F(1.0f) / (exact + c[EPSILON_OF_GRADIENTS]);
  }

  // The second moment of the updates, adapted to the rounding of that of the gradients.
  template <class F>
  LB_HD static F compensated(F inverse, F stored, F x, const F* c) {
    return x * smaller(F(2.0f), (stored + c[EPSILON_OF_GRADIENTS]) * inverse);
  }
};

struct SGD : Rule {
  static constexpr int ID = 10;
  static constexpr int MOMENTS = 1;
  static constexpr int UPDATE_DEGREE = 1;
  enum {
    RATE,
    MOMENTUM,
    OF_GRADIENT,
    GRADIENT_IN_DIRECTION,
    MOMENT_IN_DIRECTION,
    COEFFICIENTS
  };

  LB_HD static constexpr Kind kind(int) { return Kind::FIRST; }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    s[0] = fma(c[MOMENTUM], s[0], c[OF_GRADIENT] * g);
    return c[RATE] * fma(c[GRADIENT_IN_DIRECTION], g, c[MOMENT_IN_DIRECTION] * s[0]);
  }
};

struct Lion : Rule {
  static constexpr int ID = 11;
  static constexpr int MOMENTS = 1;
  enum { RATE, BETA1, ONE_MINUS_BETA1, BETA2, ONE_MINUS_BETA2, COEFFICIENTS };

  LB_HD static constexpr Kind kind(int) { return Kind::FIRST; }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    F direction = fma(c[BETA1], s[0], c[ONE_MINUS_BETA1] * g);
    s[0] = fma(c[BETA2], s[0], c[ONE_MINUS_BETA2] * g);
    return bySign(direction, c[RATE]);
  }
};

struct AdEMAMix : Rule {
  static constexpr int ID = 12;
  static constexpr int MOMENTS = 3;
  enum {
    EPSILON,
    RATE_OF_M1,
    RATE_OF_M2,
    BETA1,
    ONE_MINUS_BETA1,
    BETA2,
    ONE_MINUS_BETA2,
    BETA3,
    ONE_MINUS_BETA3,
    COEFFICIENTS
  };

  LB_HD static constexpr Kind kind(int k) { return k < 2 ? Kind::FIRST : Kind::SECOND; }

  template <class F>
  LB_HD static F step(F g, F* s, const F* c) {
    s[0] = fma(c[BETA1], s[0], c[ONE_MINUS_BETA1] * g);
    s[1] = fma(c[BETA3], s[1], c[ONE_MINUS_BETA3] * g);
    s[2] = fma(c[BETA2], s[2], c[ONE_MINUS_BETA2] * (g * g));
    return fma(c[RATE_OF_M1], s[0], c[RATE_OF_M2] * s[1]) / (root(s[2]) + c[EPSILON]);
  }
  LB_HD static void rescale(float* c, float factor) { c[EPSILON] = rescaled(c[EPSILON], factor); }
};

// A list of rules, found by their numbers.
template <int ID>
struct Number {};

template <class R>
struct Entry {
  LB_HD static R of(Number<R::ID>);
};

template <class... All>
struct Rules : Entry<All>... {
  static constexpr int COUNT = sizeof...(All);

  // Declared only: its result is the rule with a number. Ambiguous if two rules have the same.
  using Entry<All>::of...;
};

// Every rule that there is; kernels, CUDA modules and tests take them from here.
using AllRules = Rules<Adam, AMSGrad, Nadam, AdaBelief, AdaMax, Adagrad, RMSprop, Nesterovs, AdaDelta,
                       SGD, Lion, AdEMAMix, RMSpropMomentum, RMSpropCentered, RMSpropCenteredMomentum>;

// CUDA modules have one rule each.
#if !defined(__CUDACC__)

template <class... All, class Visitor>
inline bool withRule(Rules<All...>, int id, Visitor& visit) {
  return ((id == All::ID && (visit.template rule<All>(), true)) || ...);
}

// Calls visit.template rule<R>() for the rule with a number; returns whether there is one.
template <class Visitor>
inline bool withRule(int id, Visitor& visit) {
  return withRule(AllRules(), id, visit);
}

// Tells how many coefficients and moments a rule has.
struct Sizes {
  int coefficients = 0;
  int moments = 0;

  template <class R>
  void rule() {
    coefficients = R::COEFFICIENTS;
    moments = R::MOMENTS;
  }
};

#endif
