/**
 * Training on Apache Spark with optimizer state that stays packed on its way: by averaging
 * parameters and state, or gradients. Plain RDDs on spark-core; all results depend on the order of
 * partitions and never on which task ends first.
 */
package org.lowbit4j.spark;
