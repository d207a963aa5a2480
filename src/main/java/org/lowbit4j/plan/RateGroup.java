package org.lowbit4j.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.lowbit4j.dl4j.BlockParameter;
import org.lowbit4j.dl4j.LayerSlot;
import org.lowbit4j.dl4j.ParameterGroup;
import org.lowbit4j.regularization.LearningRateScale;
import org.lowbit4j.updater.LearningRateConfig;
import org.lowbit4j.updater.Scope;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Updater blocks that have one learning rate, as no change of it would be a change of some only:
 * one block, or several that have parameters with one updater of a layer, such as weights on both
 * sides of a bias with an updater of its own.
 *
 * <p>A layer that shares the group with others has another rate by a {@link LearningRateScale}. All
 * that DL4J tells this about its block is the block's rate; so that it can tell that the block is
 * still the one it was made for, and not one with a new rate that is the same number, the rate of a
 * block with scaled layers is moved to the double next to it. Layers report the rates that they
 * were given ({@link LearningRateConfig#getBlockRate}).
 */
final class RateGroup {

  private static final String REMEDY =
      " Pass the configuration through OptimManager before making the network, and layers have blocks of their own.";

  private final List<UpdaterBlock> blocks = new ArrayList<>();
  private final List<Member> members = new ArrayList<>();

  private RateGroup(UpdaterBlock block) {
    blocks.add(block);
  }

  /** A parameter. */
  private static final class Member {
    final LayerSlot slot;
    final String parameter;
    final ParameterGroup group;

    Member(LayerSlot slot, String parameter) {
      this.slot = slot;
      this.parameter = parameter;
      this.group = slot.updaterGroup(parameter);
    }

    boolean isIn(Selection selected) {
      return selected.has(slot, parameter);
    }

    /** Whether some other parameter has the same regularizations, and is not selected. */
    boolean isScaledWithOthers(Selection selected) {
      return regularizations().stream()
          .flatMap(where -> slot.regularized(where).stream())
          .anyMatch(p -> !selected.has(slot, p));
    }

    boolean hasUpdaterOf(Member other) {
      return slot == other.slot && group == other.group;
    }

    /** Where its regularizations are. */
    Optional<ParameterGroup> regularizations() {
      return slot.regularizationGroup(parameter);
    }
  }

  /** The groups of all blocks whose updaters have a learning rate. */
  static List<RateGroup> of(List<UpdaterBlock> blocks, List<LayerSlot> layers) {
    List<RateGroup> groups = new ArrayList<>();
    for (UpdaterBlock block : blocks) {
      if (config(block).hasLearningRate()) {
        RateGroup group = new RateGroup(block);
        for (BlockParameter p : BlockParameter.of(block)) {
          group.members.add(member(p, layers));
        }
        for (RateGroup before : new ArrayList<>(groups)) {
          if (before.hasUpdaterOf(group)) {
            group.blocks.addAll(before.blocks);
            group.members.addAll(before.members);
            groups.remove(before);
          }
        }
        groups.add(group);
      }
    }
    return groups;
  }

  private static Member member(BlockParameter p, List<LayerSlot> layers) {
    return layers.stream()
        .filter(s -> s.configurations().stream().anyMatch(c -> c == p.configuration()))
        .map(slot -> new Member(slot, p.name()))
        .findFirst()
        .orElseThrow();
  }

  private boolean hasUpdaterOf(RateGroup other) {
    return members.stream().anyMatch(m -> other.members.stream().anyMatch(m::hasUpdaterOf));
  }

  static IUpdater config(UpdaterBlock block) {
    return block.getGradientUpdater().getConfig();
  }

  boolean has(UpdaterBlock block) {
    return blocks.stream().anyMatch(b -> b == block);
  }

  boolean isAllOf(Selection selected) {
    return members.stream().allMatch(m -> m.isIn(selected));
  }

  boolean hasSomeOf(Selection selected) {
    return members.stream().anyMatch(m -> m.isIn(selected));
  }

  /** Changes the updaters of all members, and lets the blocks have them. */
  void change(Consumer<IUpdater> setter, Consumer<IUpdater> scope) {
    for (Member m : members) {
      m.regularizations().ifPresent(where -> replaceScale(m, where, null));
    }
    changeUpdaters((member, updater) -> setter.andThen(scope).accept(updater));
  }

  /**
   * Whether the updates of some layers can be scaled.
   *
   * @throws UnsupportedOperationException if not
   */
  void requireScalable(Selection selected, Double rate) {
    for (Member m : members) {
      if (!m.isIn(selected)) {
        continue;
      }
      String why = null;
      IUpdater config = config(blocks.get(0));
      if (m.regularizations().isEmpty()) {
        why = ", and DL4J does not let the updates of its parameter " + m.parameter + " be scaled";
      } else if (m.isScaledWithOthers(selected)) {
        why = ", and DL4J scales its parameter " + m.parameter + " together with others only";
      } else if (rate == null) {
        why = ", which cannot have a schedule for one of them";
      } else if (!(config instanceof LearningRateConfig)) {
        why = ", whose updater " + config + " is not one of lowbit4j";
      } else if (((LearningRateConfig<?>) config).getLearningRateSchedule() != null) {
        why = ", which have a schedule";
      } else if (config.getLearningRate(0, 0) == 0) {
        why = ", whose rate is 0: no factor makes another of it";
      }
      if (why != null) {
        throw new UnsupportedOperationException(
            "Layer "
                + m.slot.name()
                + " shares its updater block with others"
                + why
                + "."
                + REMEDY);
      }
    }
  }

  /** Scales the updates of some layers to a rate; {@link #requireScalable} was asked before. */
  void scale(Selection selected, double rate) {
    double present = config(blocks.get(0)).getLearningRate(0, 0);
    double blockRate = isMarked() ? present : next(present);
    List<Runnable> scales = new ArrayList<>();
    for (Member m : members) {
      Double own = m.isIn(selected) ? Double.valueOf(rate) : scaledRate(m, present);
      m.regularizations()
          .ifPresent(where -> scales.add(() -> replaceScale(m, where, scale(own, blockRate))));
    }
    changeUpdaters(
        (m, updater) -> {
          LearningRateConfig<?> config = (LearningRateConfig<?>) updater;
          Double scaled = scaledRate(m, present);
          double own = m.isIn(selected) ? rate : scaled == null ? config.getLearningRate() : scaled;
          Scope.rate(config, own, blockRate);
        });
    scales.forEach(Runnable::run);
  }

  private boolean isMarked() {
    return ((LearningRateConfig<?>) ofFirst(blocks.get(0))).getBlockRate() != null;
  }

  /** The double next to a rate, within the range of rates. */
  static double next(double rate) {
    return rate < 1 ? Math.nextUp(rate) : Math.nextDown(rate);
  }

  /** The rate that a moved one was. */
  static double previous(double moved) {
    double above = Math.nextUp(moved);
    return next(above) == moved ? above : Math.nextDown(moved);
  }

  private static LearningRateScale scale(Double rate, double blockRate) {
    return rate == null ? null : new LearningRateScale(rate, blockRate);
  }

  /** The rate that a scale in force gives a parameter, or null. */
  private static Double scaledRate(Member m, double blockRate) {
    return scaledRate(
        m.regularizations().map(m.slot::regularizations).orElse(List.of()), blockRate);
  }

  /** The rate that a scale in force among some regularizations gives, or null. */
  static Double scaledRate(List<Regularization> regularizations, double blockRate) {
    return regularizations.stream()
        .filter(LearningRateScale.class::isInstance)
        .map(LearningRateScale.class::cast)
        .filter(scale -> scale.isInForce(blockRate))
        .map(LearningRateScale::getRate)
        .findFirst()
        .orElse(null);
  }

  private static void replaceScale(Member m, ParameterGroup where, LearningRateScale scale) {
    List<Regularization> before = m.slot.regularizations(where);
    List<Regularization> after =
        before.stream().filter(r -> !(r instanceof LearningRateScale)).collect(Collectors.toList());
    if (scale != null) {
      after.add(scale);
    }
    if (!Objects.equals(before, after)) {
      m.slot.regularizations(where, after);
    }
  }

  /** Each updater once, though many parameters have it; then the blocks are given theirs. */
  private void changeUpdaters(MemberChange change) {
    List<Member> done = new ArrayList<>();
    for (Member m : members) {
      if (done.stream().noneMatch(m::hasUpdaterOf)) {
        m.slot.changeUpdaters(m.group, updater -> change.apply(m, updater));
        done.add(m);
      }
    }
    for (UpdaterBlock block : blocks) {
      block.setGradientUpdater(ofFirst(block).instantiate(block.getUpdaterView(), false));
    }
  }

  /** The updater that DL4J makes a block's of: that of its first parameter. */
  private static IUpdater ofFirst(UpdaterBlock block) {
    BlockParameter first = BlockParameter.of(block).get(0);
    return first.configuration().getUpdaterByParam(first.name());
  }

  @FunctionalInterface
  private interface MemberChange {
    void apply(Member member, IUpdater updater);
  }
}
