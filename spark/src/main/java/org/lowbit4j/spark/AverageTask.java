package org.lowbit4j.spark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.lowbit4j.updater.BlockAverage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import scala.Tuple2;

/**
 * Averages what workers sent of one part, in their order. State is decoded here and nowhere before,
 * and encoded once, so that the bits are those of an average of whole states in one place.
 */
final class AverageTask implements Function<Tuple2<Integer, Iterable<Contribution>>, Share> {

  private static final long serialVersionUID = 1;

  /** An updater of ND4J: what it keeps is averaged as numbers are, in float64. */
  private static final IUpdater NUMBERS = new Nesterovs();

  private final Broadcast<Plan> plan;
  private final boolean gradients;
  private final int counter;

  /**
   * An average.
   *
   * @param counter another one in each round: decides the dither
   */
  AverageTask(Broadcast<Plan> plan, boolean gradients, int counter) {
    this.plan = plan;
    this.gradients = gradients;
    this.counter = counter;
  }

  @Override
  public Share call(Tuple2<Integer, Iterable<Contribution>> part) {
    List<Contribution> sent = new ArrayList<>();
    part._2().forEach(sent::add);
    sent.sort(Comparator.comparingInt(Contribution::worker));
    BatchResult total =
        sent.stream().map(Contribution::result).reduce(BatchResult.NONE, BatchResult::plus);
    return new Share(
        part._1(),
        sent.size(),
        total,
        sent.stream().mapToInt(Contribution::steps).max().orElseThrow(),
        values(sent, total),
        states(sent, part._1()),
        sent.stream().mapToLong(c -> c.values().length).sum(),
        sent.stream().mapToLong(Contribution::stateBytes).sum());
  }

  private byte[] values(List<Contribution> sent, BatchResult total) {
    List<byte[]> values = sent.stream().map(Contribution::values).collect(Collectors.toList());
    if (values.get(0).length == 0) {
      return values.get(0); // more workers than parameters
    }
    INDArray mean = mean(NUMBERS, values.get(0).length / plan.value().type().width(), values);
    double factor = total.weight(sent.size());
    if (gradients && factor != 1) {
      mean.muli(factor); // sums over examples, to be divided by those of the largest batch
    }
    return ArrayBytes.of(mean, 0, mean.length());
  }

  private byte[][] states(List<Contribution> sent, int owner) {
    List<Plan.Block> blocks = plan.value().blocksOf(owner);
    byte[][] means = new byte[gradients ? 0 : blocks.size()][];
    for (int i = 0; i < means.length; i++) {
      int block = i;
      List<byte[]> states = sent.stream().map(c -> c.states()[block]).collect(Collectors.toList());
      INDArray mean = mean(blocks.get(i).config(), blocks.get(i).parameters(), states);
      means[i] = ArrayBytes.of(mean, 0, mean.length());
    }
    return means;
  }

  private INDArray mean(IUpdater config, long parameters, List<byte[]> bytes) {
    List<INDArray> arrays =
        bytes.stream()
            .map(b -> ArrayBytes.array(b, plan.value().type()))
            .collect(Collectors.toList());
    INDArray mean = arrays.get(0);
    BlockAverage.of(config, parameters, arrays).into(mean, counter);
    return mean;
  }
}
