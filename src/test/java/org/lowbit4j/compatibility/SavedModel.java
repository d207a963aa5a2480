package org.lowbit4j.compatibility;

import java.io.IOException;
import java.io.InputStream;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A model that trains on from where it was saved, on gradients or on data that never change. */
interface SavedModel {

  /** The ways in which a model is saved; the table of networks has their names. */
  enum Kind {
    MULTILAYER {
      @Override
      SavedModel restore(String name, InputStream in) throws IOException {
        return SavedNetwork.of(name, ModelSerializer.restoreMultiLayerNetwork(in, true));
      }
    },
    GRAPH {
      @Override
      SavedModel restore(String name, InputStream in) throws IOException {
        return SavedNetwork.of(name, ModelSerializer.restoreComputationGraph(in, true));
      }
    },
    SAMEDIFF {
      @Override
      SavedModel restore(String name, InputStream in) {
        return SavedSameDiff.restore(name, in);
      }
    };

    abstract SavedModel restore(String name, InputStream in) throws IOException;

    SavedModel restore(String name) throws IOException {
      try (InputStream in = Recorded.open(file(name))) {
        return restore(name, in);
      }
    }

    String file(String name) {
      return "networks/" + name + (this == SAMEDIFF ? ".fb" : ".zip");
    }
  }

  /** A step from a recorded gradient, which reaches the same bits on every machine. */
  void apply(int step);

  /** {@link Recorded#STEPS} steps on fixed data; matrix products round by processor. */
  void fit();

  /** The parameters that {@link #apply} changes. */
  INDArray parameters();

  /** The optimizer state of these. */
  INDArray state();

  /** All parameters. */
  float[] allParameters();
}
