package org.lowbit4j.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Spark in this JVM, of which there can be one at a time. */
final class LocalSpark {

  private static JavaSparkContext context;
  private static String master;

  private LocalSpark() {}

  /** Two tasks at a time. */
  static JavaSparkContext context() {
    return context("local[2]");
  }

  static synchronized JavaSparkContext context(String wanted) {
    if (!wanted.equals(master)) {
      if (context != null) {
        context.stop();
      }
      SparkConf conf =
          new SparkConf()
              .setMaster(wanted)
              .setAppName("test")
              .set("spark.ui.enabled", "false")
              .set("spark.driver.host", "localhost")
              .set("spark.driver.bindAddress", "127.0.0.1")
              // So that what is sent can be counted.
              .set("spark.shuffle.compress", "false")
              .set("spark.broadcast.compress", "false");
      context = new JavaSparkContext(conf);
      master = wanted;
    }
    return context;
  }
}
