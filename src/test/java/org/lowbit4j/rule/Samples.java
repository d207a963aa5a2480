package org.lowbit4j.rule;

import static org.lowbit4j.rule.Moment.Kind.FIRST;
import static org.lowbit4j.rule.Moment.Kind.FIRST_OF_UPDATES;
import static org.lowbit4j.rule.Moment.Kind.NORM;
import static org.lowbit4j.rule.Moment.Kind.SECOND;
import static org.lowbit4j.rule.Moment.Kind.SECOND_OF_UPDATES;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.lowbit4j.rule.Moment.Kind;

/**
 * Every rule with coefficients at its second step, and what follows from them by its formula: rate
 * 0.5, decays 0.375, 0.75 and 0.875, epsilon 2^-10.
 */
enum Samples {
  ADAM(
      AdamRule.INSTANCE,
      1,
      "adam",
      c -> AdamRule.coefficients(c, 0.5, 0.375, 0.75, 0x1p-10, 1),
      // 0.5*sqrt(1-0.75^2)/(1-0.375^2)
      new double[] {0x1p-10, 0.3848365543, 0.375, 0.625, 0.75, 0.25},
      new Decay("m", FIRST, 0.375),
      new Decay("v", SECOND, 0)),
  AMSGRAD(
      AMSGradRule.INSTANCE,
      2,
      "amsgrad",
      c -> AdamRule.coefficients(c, 0.5, 0.375, 0.75, 0x1p-10, 1),
      new double[] {0x1p-10, 0.3848365543, 0.375, 0.625, 0.75, 0.25},
      new Decay("m", FIRST, 0.375),
      new Decay("v", SECOND, 0),
      new Decay("vHat", SECOND, 0)),
  NADAM(
      NadamRule.INSTANCE,
      3,
      "nadam",
      c -> NadamRule.coefficients(c, 0.5, 0.375, 0.999, 0x1p-10, 1),
      // 0.5/(1-0.375^2); the last is 1 - 0.999f.
      new double[] {0x1p-10, 0.5818181818, 0.375, 0.625, 0.999, 0.00099998713},
      new Decay("m", FIRST, 0.375),
      new Decay("v", SECOND, 0)),
  ADABELIEF(
      AdaBeliefRule.INSTANCE,
      4,
      "adabelief",
      c -> AdaBeliefRule.coefficients(c, 0.5, 0.375, 0.75, 0x1p-10, 1),
      new double[] {0x1p-10, 0.3848365543, 0.375, 0.625, 0.75, 0.25, 0x1p-10},
      new Decay("m", FIRST, 0.375),
      new Decay("s", SECOND, 0)) {
    @Override
    double floor() {
      return 0x1p-5;
    }
  },
  ADAMAX(
      AdaMaxRule.INSTANCE,
      5,
      "adamax",
      c -> AdaMaxRule.coefficients(c, 0.5, 0.375, 0.75, 0x1p-10, 1),
      new double[] {0x1p-10, 0.5818181818, 0.375, 0.625, 0.75},
      new Decay("m", FIRST, 0.375),
      new Decay("u", NORM, 0)),
  ADAGRAD(
      AdagradRule.INSTANCE,
      6,
      "adagrad",
      c -> AdagradRule.coefficients(c, 0.5, 0x1p-8, 0x1p-10),
      new double[] {0x1p-10, 0.5, 0x1p-8},
      new Decay("h", SECOND, 0)) {
    @Override
    double floor() {
      return 0x1p-4;
    }
  },
  RMSPROP(
      RMSpropRule.of(false, false),
      7,
      "rmsprop",
      c -> RMSpropRule.coefficients(c, 0.5, 0.375, 0x1p-10, 0.75, 1),
      new double[] {0x1p-10, 0.5, 0.375, 0.625, 0x1p-10 * 0.375 * 0.375},
      new Decay("v", SECOND, 0)) {
    @Override
    double floor() {
      return 0x1p-5 * 0.375;
    }
  },
  NESTEROVS(
      NesterovsRule.INSTANCE,
      8,
      "nesterovs",
      c -> NesterovsRule.coefficients(c, 0.5, 0.75),
      new double[] {0.5, 0.75, 1.75},
      new Decay("v", FIRST, 0.75)) {
    @Override
    int updateDegree() {
      return 1;
    }
  },
  ADADELTA(
      AdaDeltaRule.INSTANCE,
      9,
      "adadelta",
      c -> AdaDeltaRule.coefficients(c, 0.75, 0x1p-10),
      new double[] {0.75, 0.25, 0x1p-10, 0x1p-10},
      new Decay("msg", SECOND, 0),
      new Decay("msdx", SECOND_OF_UPDATES, 0)) {
    @Override
    double floor() {
      return 0x1p-5;
    }
  },
  SGD(
      SGDRule.INSTANCE,
      10,
      "sgd",
      c -> SGDRule.coefficients(c, 0.5, 0.75, 0.25, false, 1),
      new double[] {0.5, 0.75, 0.75, 0, 1},
      new Decay("m", FIRST, 0.75)) {
    @Override
    int updateDegree() {
      return 1;
    }
  },
  SGD_NESTEROV(
      SGDRule.INSTANCE,
      10,
      "sgd",
      c -> SGDRule.coefficients(c, 0.5, 0.75, 0.25, true, 1),
      new double[] {0.5, 0.75, 0.75, 1, 0.75},
      new Decay("m", FIRST, 0.75)) {
    @Override
    int updateDegree() {
      return 1;
    }
  },
  LION(
      LionRule.INSTANCE,
      11,
      "lion",
      c -> LionRule.coefficients(c, 0.5, 0.625, 0.875),
      new double[] {0.5, 0.625, 0.375, 0.875, 0.125},
      new Decay("m", FIRST, 0.875)),
  ADEMAMIX(
      AdEMAMixRule.INSTANCE,
      12,
      "ademamix",
      c -> AdEMAMixRule.coefficients(c, 0.5, new double[] {0.375, 0.75, 0.875}, 5, 0x1p-10, 1),
      // c2 = sqrt(1-0.75^2): epsilon*c2, 0.5*c2/(1-0.375^2), 0.5*c2*5
      new double[] {
        0.00064593538, 0.3848365543, 1.6535945695, 0.375, 0.625, 0.75, 0.25, 0.875, 0.125
      },
      new Decay("m1", FIRST, 0.375),
      new Decay("m2", FIRST, 0.875),
      new Decay("v", SECOND, 0)),
  RMSPROP_MOMENTUM(
      RMSpropRule.of(true, false),
      13,
      "rmsprop-momentum",
      c -> RMSpropRule.coefficients(c, 0.5, 0.375, 0x1p-10, 0.75, 1),
      new double[] {0x1p-10, 0.5, 0.375, 0.625, 0x1p-10 * 0.375 * 0.375, 0.75},
      new Decay("v", SECOND, 0),
      new Decay("b", FIRST_OF_UPDATES, 0.75)) {
    @Override
    double floor() {
      return 0x1p-5 * 0.375;
    }
  },
  RMSPROP_CENTERED(
      RMSpropRule.of(false, true),
      14,
      "rmsprop-centered",
      c -> RMSpropRule.coefficients(c, 0.5, 0.375, 0x1p-10, 0.75, 1),
      new double[] {0x1p-10, 0.5, 0.375, 0.625, 0x1p-10 * 0.375 * 0.375},
      new Decay("s", SECOND, 0),
      new Decay("a", FIRST, 0.375)) {
    @Override
    double floor() {
      return 0x1p-5 * 0.375;
    }
  },
  RMSPROP_CENTERED_MOMENTUM(
      RMSpropRule.of(true, true),
      15,
      "rmsprop-centered-momentum",
      c -> RMSpropRule.coefficients(c, 0.5, 0.375, 0x1p-10, 0.75, 1),
      new double[] {0x1p-10, 0.5, 0.375, 0.625, 0x1p-10 * 0.375 * 0.375, 0.75},
      new Decay("s", SECOND, 0),
      new Decay("a", FIRST, 0.375),
      new Decay("b", FIRST_OF_UPDATES, 0.75)) {
    @Override
    double floor() {
      return 0x1p-5 * 0.375;
    }
  };

  /** A moment, and how it decays; 0 for moments without a sign. */
  static final class Decay {
    final String name;
    final Kind kind;
    final double decay;

    Decay(String name, Kind kind, double decay) {
      this.name = name;
      this.kind = kind;
      this.decay = decay;
    }
  }

  final UpdateRule rule;
  final int id;
  final String ruleName;
  final List<Double> coefficients;
  final List<Decay> moments;
  private final Consumer<float[]> compute;

  Samples(
      UpdateRule rule,
      int id,
      String ruleName,
      Consumer<float[]> compute,
      double[] coefficients,
      Decay... moments) {
    this.rule = rule;
    this.id = id;
    this.ruleName = ruleName;
    this.compute = compute;
    this.coefficients = Arrays.stream(coefficients).boxed().toList();
    this.moments = List.of(moments);
  }

  /** What the rule computes. */
  float[] coefficients() {
    float[] c = new float[rule.coefficientCount()];
    compute.accept(c);
    return c;
  }

  double floor() {
    return 0;
  }

  int updateDegree() {
    return 0;
  }
}
