package org.lowbit4j.parallel;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.parallelism.trainer.DefaultTrainer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** A worker; the first one trains the user's network, the others replicas. */
final class StateTrainer extends DefaultTrainer {

  private final Workers workers;
  private final int number;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Of the user's network, which DL4J forgets when the worker ends. */
  private INDArray state;

  /** What ended it before it was asked to. */
  private volatile Throwable failure;

  private volatile Thread worker;

  StateTrainer(
      Workers workers,
      String uuid,
      int number,
      Model model,
      boolean useMds,
      WorkspaceMode workspaceMode) {
    this.workers = workers;
    this.number = number;
    this.originalModel = model;
    this.replicatedModel = model;
    this.threadId = number;
    this.parallelWrapper = workers.wrapper();
    this.workspaceMode = workspaceMode;
    this.useMDS = useMds;
    this.uuid = uuid + "_thread_" + number;
    this.averagingFrequency = workers.wrapper().getAveragingFrequency();
    setupIfNeccessary();
  }

  boolean isFirst() {
    return number == 0;
  }

  @Override
  public void feedDataSet(DataSet dataSet, long etlTime) {
    beginRound();
    super.feedDataSet(dataSet, etlTime);
  }

  @Override
  public void feedMultiDataSet(MultiDataSet dataSet, long etlTime) {
    beginRound();
    super.feedMultiDataSet(dataSet, etlTime);
  }

  private void beginRound() {
    try {
      workers.feed(this);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while workers were made.", e);
    }
    requireAlive();
  }

  /** Called by the main thread when all workers wait, just before parameters are averaged. */
  @Override
  public boolean averagingRequired() {
    if (Thread.currentThread() != worker && workers.isAveraging()) {
      workers.average();
    }
    return true;
  }

  @Override
  protected void postInit() {
    super.postInit();
    if (isFirst()) {
      state = Workers.state(replicatedModel);
    }
    workers.isReady();
  }

  @Override
  public void run() {
    worker = Thread.currentThread();
    try {
      super.run();
    } catch (Throwable e) {
      // The main thread throws it; an Error would else never reach it.
      failure = thrownException == null ? e : thrownException;
    } finally {
      giveBack();
      workers.isReady();
      isStopped.set(true);
      ended.countDown();
    }
  }

  /** DL4J takes the network's updater away. */
  private void giveBack() {
    if (state == null) {
      return;
    }
    if (originalModel instanceof MultiLayerNetwork) {
      MultiLayerNetwork net = (MultiLayerNetwork) originalModel;
      net.setUpdater(new MultiLayerUpdater(net, state));
    } else {
      ComputationGraph net = (ComputationGraph) originalModel;
      net.setUpdater(new ComputationGraphUpdater(net, state));
    }
  }

  @Override
  public void waitTillRunning() {
    while (running.get() != 0) {
      requireAlive();
      LockSupport.parkNanos(1000);
    }
    requireAlive();
  }

  private void requireAlive() {
    if (failure != null) {
      parallelWrapper.shutdown();
      throw new IllegalStateException(
          String.format(
              "Worker %d of ParallelWrapper failed, and training has ended: %s",
              number, failure.getMessage()),
          failure);
    }
  }

  @Override
  public void shutdown() {
    super.shutdown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
