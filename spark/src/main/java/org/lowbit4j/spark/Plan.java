package org.lowbit4j.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * What workers have to know of the network, sent once: its configuration, and which worker averages
 * which part. Each averages an equal share of the parameters, and updater blocks such that the
 * bytes are about equal.
 */
final class Plan implements Serializable {

  private static final long serialVersionUID = 1;

  private final boolean graph;
  private final String json;
  private final DataType type;
  private final long parameters;
  private final int workers;
  private final long seed;
  private final List<Block> blocks = new ArrayList<>();

  /** Networks of this JVM that no task uses: made once, as that takes longer than a small step. */
  private transient Queue<Replica> idle;

  Plan(Replica replica, int workers) {
    this.graph = replica instanceof GraphReplica;
    this.json = replica.json();
    this.type = replica.parameters().dataType();
    this.parameters = replica.parameters().length();
    this.seed = replica.configuration().getSeed();
    this.workers = workers;
    for (UpdaterBlock b : replica.blocks()) {
      if (b.getUpdaterViewOffsetEnd() > b.getUpdaterViewOffsetStart()) {
        blocks.add(new Block(b));
      }
    }
    long[] load = new long[workers];
    List<Block> largestFirst = new ArrayList<>(blocks);
    largestFirst.sort(Comparator.comparingLong(Block::words).reversed());
    for (Block block : largestFirst) {
      int least = 0;
      for (int owner = 1; owner < workers; owner++) {
        least = load[owner] < load[least] ? owner : least;
      }
      block.owner = least;
      load[least] += block.words();
    }
  }

  /** A network of this JVM for one task. */
  Replica take() {
    Replica replica = idle().poll();
    return replica == null ? make() : replica;
  }

  /** After a task that did not fail. */
  void giveBack(Replica replica) {
    idle().add(replica);
  }

  private synchronized Queue<Replica> idle() {
    if (idle == null) {
      idle = new ConcurrentLinkedQueue<>();
    }
    return idle;
  }

  private Replica make() {
    Replica replica =
        graph
            ? GraphReplica.of(json, Nd4j.create(type, 1, parameters))
            : NetworkReplica.of(json, Nd4j.create(type, 1, parameters));
    replica.prepare();
    return replica;
  }

  int workers() {
    return workers;
  }

  DataType type() {
    return type;
  }

  /** Another one for each worker and step: what dropout draws must not depend on the executor. */
  long seed(int worker, int iteration) {
    return (seed * 1_000_003 + iteration) * 1_000_003 + worker;
  }

  /** The first parameter that a worker averages; that of the worker behind the last is the end. */
  long firstParameter(int worker) {
    return parameters / workers * worker + Math.min(worker, parameters % workers);
  }

  List<Block> blocks() {
    return blocks;
  }

  /** The updater blocks that a worker averages. */
  List<Block> blocksOf(int worker) {
    return blocks.stream().filter(b -> b.owner == worker).collect(Collectors.toList());
  }

  /** An updater block that has state. */
  static final class Block implements Serializable {

    private static final long serialVersionUID = 1;

    private final IUpdater config;
    private final long from;
    private final long to;
    private final long parameters;
    private int owner;

    private Block(UpdaterBlock block) {
      this.config = block.getGradientUpdater().getConfig();
      this.from = block.getUpdaterViewOffsetStart();
      this.to = block.getUpdaterViewOffsetEnd();
      this.parameters = block.getParamOffsetEnd() - block.getParamOffsetStart();
    }

    IUpdater config() {
      return config;
    }

    /** Its first word in the state array. */
    long from() {
      return from;
    }

    /** The word behind its last one. */
    long to() {
      return to;
    }

    long words() {
      return to - from;
    }

    long parameters() {
      return parameters;
    }
  }
}
