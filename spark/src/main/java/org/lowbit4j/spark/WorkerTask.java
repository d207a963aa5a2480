package org.lowbit4j.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.nd4j.linalg.factory.Nd4j;
import scala.Tuple2;

/**
 * What a worker does in a round: trains on its next batches, or computes the gradient of one, and
 * sends each part to the worker that averages it. Depends on nothing but its arguments, so that it
 * can be repeated elsewhere.
 */
final class WorkerTask
    implements Function2<Integer, Iterator<byte[]>, Iterator<Tuple2<Integer, Contribution>>> {

  private static final long serialVersionUID = 1;

  private final Broadcast<Plan> plan;
  private final Broadcast<Weights> weights;
  private final boolean gradients;
  private final int first;
  private final int count;

  /**
   * A round.
   *
   * @param first the number of its first batch among those of a worker
   * @param count how many batches a worker takes
   */
  WorkerTask(
      Broadcast<Plan> plan, Broadcast<Weights> weights, boolean gradients, int first, int count) {
    this.plan = plan;
    this.weights = weights;
    this.gradients = gradients;
    this.first = first;
    this.count = count;
  }

  @Override
  public Iterator<Tuple2<Integer, Contribution>> call(Integer worker, Iterator<byte[]> batches)
      throws IOException {
    for (int i = 0; i < first && batches.hasNext(); i++) {
      batches.next();
    }
    if (!batches.hasNext()) {
      return Collections.emptyIterator();
    }
    Plan p = plan.value();
    Weights w = weights.value();
    Nd4j.getRandom().setSeed(p.seed(worker, w.iteration()));
    Replica replica = p.take();
    w.into(replica, p);
    BatchResult result = BatchResult.NONE;
    for (int i = 0; i < count && batches.hasNext(); i++) {
      byte[] batch = batches.next();
      result = result.plus(gradients ? replica.computeGradient(batch) : replica.fit(batch));
    }
    int steps = replica.iterations() - w.iteration();
    List<Tuple2<Integer, Contribution>> parts = new ArrayList<>();
    for (int owner = 0; owner < p.workers(); owner++) {
      Contribution part = Contribution.of(worker, result, steps, replica, gradients, p, owner);
      parts.add(new Tuple2<>(owner, part));
    }
    p.giveBack(replica);
    return parts.iterator();
  }
}
