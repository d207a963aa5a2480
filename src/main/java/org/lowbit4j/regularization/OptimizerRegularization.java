package org.lowbit4j.regularization;

import org.nd4j.linalg.learning.regularization.Regularization;

/** A regularization that belongs to an optimizer: installing it anew replaces it. */
public interface OptimizerRegularization extends Regularization {}
