package org.lowbit4j.plan;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.Scope;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.schedule.ISchedule;

/** ND4J's updaters and those that do the same here, with their hyper-parameters. */
public final class Twins {

  private static final int NO_CLIPPING = 100;

  private final Map<Class<?>, Supplier<? extends LowBitConfig<?>>> byNd4j = new LinkedHashMap<>();
  private final Map<Class<?>, Function<Values, IUpdater>> byTwin = new HashMap<>();

  /** Without any. */
  public Twins() {}

  /** Hyper-parameters by name. */
  private static final class Values {

    private final Map<String, Object> all;

    Values(Map<String, Object> all) {
      this.all = all;
    }

    double number(String name) {
      Object value = all.get(name);
      return value == null ? Double.NaN : ((Number) value).doubleValue();
    }

    ISchedule schedule(String name) {
      return (ISchedule) all.get(name);
    }
  }

  /**
   * Adds a pair.
   *
   * @param nd4j a class of ND4J's updaters
   * @param twin makes the one here, with its defaults
   * @return this
   */
  public Twins add(Class<? extends IUpdater> nd4j, Supplier<? extends LowBitConfig<?>> twin) {
    byNd4j.put(nd4j, twin);
    byTwin.put(twin.get().getClass(), values -> make(nd4j, values));
    return this;
  }

  /**
   * The twin of one of ND4J's updaters.
   *
   * @param updater of ND4J, or of this library, or one without state
   * @return a new one with its hyper-parameters; the same if it needs no twin
   * @throws IllegalArgumentException if it has none
   */
  public IUpdater here(IUpdater updater) {
    if (updater == null || updater instanceof LowBitConfig || updater.stateSize(1) == 0) {
      return updater;
    }
    Class<?> known =
        byNd4j.keySet().stream()
            .filter(c -> c.isInstance(updater))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        String.format(
                            "%s has no twin among lowbit4j's updaters. Choose one: updater(...).",
                            updater.getClass().getName())));
    LowBitConfig<?> twin = byNd4j.get(known).get();
    properties(updater)
        .forEach(
            (name, value) -> {
              if (value != null && !value.equals(Double.NaN)) {
                Setters.set(twin, name.replace("Schedule", ""), value);
              }
            });
    return twin;
  }

  /**
   * The one of ND4J's updaters that does what one of this library does.
   *
   * @param updater of this library, or another, which is returned
   * @return a new one with its hyper-parameters
   * @throws IllegalArgumentException if there is none
   */
  public IUpdater ofNd4j(IUpdater updater) {
    if (!(updater instanceof LowBitConfig)) {
      return updater;
    }
    LowBitConfig<?> config = (LowBitConfig<?>) updater;
    Function<Values, IUpdater> twin = byTwin.get(config.getClass());
    Map<String, Object> all = Scope.properties(config);
    boolean more =
        config.getWeightDecay() != 0
            || config.getPercentileClipping() < NO_CLIPPING
            || Boolean.TRUE.equals(all.get("centered"))
            || all.containsKey("rmsDecay") && !Double.valueOf(0).equals(all.get("momentum"));
    if (twin == null || more) {
      throw new IllegalArgumentException(
          String.format(
              "%s has no twin among ND4J's updaters%s. Choose one: updater(...).",
              config,
              twin == null
                  ? ""
                  : ", which have no weight decay, percentile clipping, momentum of RMSprop or centring"));
    }
    return twin.apply(new Values(all));
  }

  private static Map<String, Object> properties(IUpdater updater) {
    Map<String, Object> p = new LinkedHashMap<>();
    if (updater instanceof Adam) {
      Adam a = (Adam) updater;
      rate(p, a.getLearningRate(), a.getLearningRateSchedule());
      betas(p, a.getBeta1(), a.getBeta2(), a.getEpsilon());
    } else if (updater instanceof AMSGrad) {
      AMSGrad a = (AMSGrad) updater;
      rate(p, a.getLearningRate(), a.getLearningRateSchedule());
      betas(p, a.getBeta1(), a.getBeta2(), a.getEpsilon());
    } else if (updater instanceof Nadam) {
      Nadam a = (Nadam) updater;
      rate(p, a.getLearningRate(), a.getLearningRateSchedule());
      betas(p, a.getBeta1(), a.getBeta2(), a.getEpsilon());
    } else if (updater instanceof AdaMax) {
      AdaMax a = (AdaMax) updater;
      rate(p, a.getLearningRate(), a.getLearningRateSchedule());
      betas(p, a.getBeta1(), a.getBeta2(), a.getEpsilon());
    } else if (updater instanceof AdaBelief) {
      AdaBelief a = (AdaBelief) updater;
      rate(p, a.getLearningRate(), a.getLearningRateSchedule());
      betas(p, a.getBeta1(), a.getBeta2(), a.getEpsilon());
    } else if (updater instanceof AdaGrad) {
      AdaGrad a = (AdaGrad) updater;
      rate(p, a.getLearningRate(), a.getLearningRateSchedule());
      p.put("epsilon", a.getEpsilon());
    } else if (updater instanceof RmsProp) {
      RmsProp r = (RmsProp) updater;
      rate(p, r.getLearningRate(), r.getLearningRateSchedule());
      p.put("rmsDecay", r.getRmsDecay());
      p.put("epsilon", r.getEpsilon());
    } else if (updater instanceof AdaDelta) {
      p.put("rho", ((AdaDelta) updater).getRho());
      p.put("epsilon", ((AdaDelta) updater).getEpsilon());
    } else {
      Nesterovs n = (Nesterovs) updater;
      rate(p, n.getLearningRate(), n.getLearningRateSchedule());
      p.put("momentum", n.getMomentum());
      p.put("momentumSchedule", n.getMomentumISchedule());
    }
    return p;
  }

  private static void rate(Map<String, Object> p, double rate, ISchedule schedule) {
    p.put("learningRate", rate);
    p.put("learningRateSchedule", schedule);
  }

  private static void betas(Map<String, Object> p, double beta1, double beta2, double epsilon) {
    p.put("beta1", beta1);
    p.put("beta2", beta2);
    p.put("epsilon", epsilon);
  }

  private static IUpdater make(Class<?> nd4j, Values v) {
    double beta1 = v.number("beta1");
    double beta2 = v.number("beta2");
    double epsilon = v.number("epsilon");
    IUpdater made;
    if (nd4j == Adam.class) {
      made = Adam.builder().beta1(beta1).beta2(beta2).epsilon(epsilon).build();
    } else if (nd4j == AMSGrad.class) {
      made = AMSGrad.builder().beta1(beta1).beta2(beta2).epsilon(epsilon).build();
    } else if (nd4j == Nadam.class) {
      made = Nadam.builder().beta1(beta1).beta2(beta2).epsilon(epsilon).build();
    } else if (nd4j == AdaMax.class) {
      made = new AdaMax(0, beta1, beta2, epsilon);
    } else if (nd4j == AdaGrad.class) {
      made = AdaGrad.builder().epsilon(epsilon).build();
    } else if (nd4j == RmsProp.class) {
      made = RmsProp.builder().rmsDecay(v.number("rmsDecay")).epsilon(epsilon).build();
    } else if (nd4j == AdaDelta.class) {
      return new AdaDelta(v.number("rho"), epsilon);
    } else if (nd4j == Nesterovs.class) {
      made =
          Nesterovs.builder()
              .momentum(v.number("momentum"))
              .momentumISchedule(v.schedule("momentumSchedule"))
              .build();
    } else {
      throw new IllegalArgumentException(
          String.format(
              "ND4J's %s cannot be used in a network: its instantiate throws in 1.0.0-M2.1. Choose another: updater(...).",
              nd4j.getSimpleName()));
    }
    made.setLrAndSchedule(v.number("learningRate"), v.schedule("learningRateSchedule"));
    return made;
  }
}
