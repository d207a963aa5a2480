package org.lowbit4j.spark.wordnet;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.lowbit4j.examples.wordnet.WordNetData;
import org.lowbit4j.examples.wordnet.WordNetOptions;
import org.nd4j.linalg.dataset.DataSet;

/** WordNet's training glosses as an RDD: every JVM reads them itself and makes its batches. */
final class EpochBatches {

  private static String[] loadedArgs;
  private static WordNetData loaded;

  private EpochBatches() {}

  /**
   * The data for these options of the main job, read once per JVM.
   *
   * @throws IOException if WordNet is not on the class path
   */
  static synchronized WordNetData data(String[] args) throws IOException {
    if (!Arrays.equals(args, loadedArgs)) {
      loaded = WordNetData.load(WordNetOptions.parse(args));
      loadedArgs = args.clone();
    }
    return loaded;
  }

  /** The batches of an epoch, in the order in which the main job trains on them. */
  static JavaRDD<DataSet> rdd(JavaSparkContext spark, String[] args, int epoch, int workers)
      throws IOException {
    int perEpoch = data(args).trainBatches().perEpoch();
    List<Long> steps =
        LongStream.range(0, perEpoch)
            .mapToObj(i -> (long) epoch * perEpoch + i)
            .collect(Collectors.toList());
    return spark.parallelize(steps, workers).map(step -> data(args).trainBatches().batch(step));
  }
}
