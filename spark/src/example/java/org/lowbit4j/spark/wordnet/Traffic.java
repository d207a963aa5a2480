package org.lowbit4j.spark.wordnet;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.storage.BlockUpdatedInfo;

/** What Spark says that it sent. */
public final class Traffic extends SparkListener {

  private static final String MARK = "traffic is settled";

  private long shuffle;
  private long results;
  private long broadcast;
  private int markedJob = -1;
  private CountDownLatch settled;

  /**
   * Bytes since the last look.
   *
   * @param shuffle what workers wrote for those that average
   * @param results what tasks returned to the driver
   * @param broadcast what the driver offered to all executors: each receives so much
   */
  public record Bytes(long shuffle, long results, long broadcast) {}

  /**
   * Waits for Spark to tell about all that is done, and counts from 0 on again.
   *
   * @param spark that this listener listens to
   * @return what was sent since the last call
   */
  public Bytes settle(JavaSparkContext spark) {
    synchronized (this) {
      settled = new CountDownLatch(1);
    }
    // Events come in their order: when the end of another job is there, all before it are.
    String group = spark.getLocalProperty("spark.jobGroup.id");
    spark.setJobGroup(MARK, MARK);
    spark.parallelize(List.of(0), 1).count();
    spark.clearJobGroup();
    if (group != null) {
      spark.setJobGroup(group, group);
    }
    try {
      settled.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      Bytes bytes = new Bytes(shuffle, results, broadcast);
      shuffle = results = broadcast = 0;
      return bytes;
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    TaskMetrics metrics = end.taskMetrics();
    if (metrics != null) { // of a task that was lost
      shuffle += metrics.shuffleWriteMetrics().bytesWritten();
      results += metrics.resultSize();
    }
  }

  @Override
  public synchronized void onBlockUpdated(SparkListenerBlockUpdated update) {
    BlockUpdatedInfo block = update.blockUpdatedInfo();
    if (block.blockId().isBroadcast()
        && block.storageLevel().isValid()
        && block.blockManagerId().isDriver()) {
      broadcast += block.memSize() + block.diskSize();
    }
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart start) {
    if (MARK.equals(start.properties().getProperty("spark.jobGroup.id"))) {
      markedJob = start.jobId();
    }
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd end) {
    if (end.jobId() == markedJob && settled != null) {
      settled.countDown();
    }
  }
}
