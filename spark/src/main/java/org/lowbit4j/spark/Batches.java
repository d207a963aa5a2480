package org.lowbit4j.spark;

import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Batches dealt out to workers, one by one in the order of the RDD: number i goes to worker i mod
 * workers. Kept as bytes, in memory where there is room and else on disk; what an executor takes
 * with it when it dies, Spark makes again.
 */
final class Batches implements AutoCloseable {

  private final JavaRDD<byte[]> rdd;
  private final int count;

  private Batches(JavaRDD<byte[]> rdd, int count) {
    this.rdd = rdd;
    this.count = count;
  }

  /**
   * Deals them out.
   *
   * @param pack makes bytes of a batch
   */
  static <T> Batches deal(JavaRDD<T> source, Function<T, byte[]> pack, int workers) {
    JavaRDD<byte[]> rdd =
        source
            .zipWithIndex()
            .mapToPair(b -> new Tuple2<>(b._2(), pack.call(b._1())))
            .repartitionAndSortWithinPartitions(new Dealer(workers))
            .values()
            .persist(StorageLevel.MEMORY_AND_DISK());
    List<Integer> counts =
        rdd.mapPartitions(
                batches -> {
                  int n = 0;
                  for (; batches.hasNext(); batches.next()) {
                    n++;
                  }
                  return List.of(n).iterator();
                })
            .collect();
    return new Batches(rdd, counts.stream().mapToInt(Integer::intValue).sum());
  }

  /** One partition for each worker. */
  JavaRDD<byte[]> rdd() {
    return rdd;
  }

  /** Of all workers. */
  int count() {
    return count;
  }

  /** Forgets the bytes. */
  @Override
  public void close() {
    rdd.unpersist(false);
  }

  private static final class Dealer extends Partitioner {

    private static final long serialVersionUID = 1;

    private final int workers;

    Dealer(int workers) {
      this.workers = workers;
    }

    @Override
    public int numPartitions() {
      return workers;
    }

    @Override
    public int getPartition(Object number) {
      return (int) ((Long) number % workers);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Dealer && ((Dealer) other).workers == workers;
    }

    @Override
    public int hashCode() {
      return workers;
    }
  }
}
