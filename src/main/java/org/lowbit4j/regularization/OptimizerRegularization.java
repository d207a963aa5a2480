package org.lowbit4j.regularization;

import org.lowbit4j.check.StrictDeserializer;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.databind.annotation.JsonDeserialize;

/** A regularization that belongs to an optimizer: installing it anew replaces it. */
@JsonDeserialize(using = StrictDeserializer.class)
public interface OptimizerRegularization extends Regularization {}
