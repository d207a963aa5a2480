package org.lowbit4j.spark;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.lowbit4j.check.Check;

/**
 * What all trainings can be told.
 *
 * @param <B> the builder's own type
 */
public abstract class TrainingBuilder<B extends TrainingBuilder<B>> {

  private int workers;
  private Path checkpoints;
  private int everyRounds;
  private Consumer<Round> listener = round -> {};

  TrainingBuilder() {}

  abstract B self();

  /**
   * How many workers train, each as one task of Spark's. The result depends on it, and not on how
   * many of them run at a time.
   *
   * @param count 1 or more; by default as many as the data has partitions
   * @return this
   */
  public B workers(int count) {
    Check.that(count > 0, "workers", count, "1 or more");
    workers = count;
    return self();
  }

  /**
   * Writes checkpoints, from which another driver can go on: after every so many rounds and after
   * each epoch, the last two of them.
   *
   * @param folder on the driver; is made if it is not there
   * @param rounds 1 or more
   * @return this
   */
  public B checkpoints(Path folder, int rounds) {
    checkpoints = Check.notNull("folder", folder);
    Check.that(rounds > 0, "rounds", rounds, "1 or more");
    everyRounds = rounds;
    return self();
  }

  /**
   * Tells about each round, after it was done and saved. The network's own listeners are not
   * called.
   *
   * @param action called on the thread that trains; an exception of it ends the training
   * @return this
   */
  public B listener(Consumer<Round> action) {
    listener = Check.notNull("listener", action);
    return self();
  }

  int workers() {
    return workers;
  }

  Path folder() {
    return checkpoints;
  }

  int everyRounds() {
    return everyRounds;
  }

  Consumer<Round> listener() {
    return listener;
  }
}
