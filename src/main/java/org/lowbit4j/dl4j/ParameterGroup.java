package org.lowbit4j.dl4j;

/** The parameters of a layer that DL4J lets have an updater of their own. */
public enum ParameterGroup {
  /** All but the biases: weights, and gains and the like. */
  WEIGHTS,
  /** The biases; they share the weights' updater unless the layer has a {@code biasUpdater}. */
  BIASES
}
