/**
 * What optimizers need the parameters for: weight decay and trust ratios, as ND4J regularizations.
 *
 * <p>OptimManager installs them. They are not to be set by hand on DL4J's global builder, which in
 * 1.0.0-M2.1 applies a regularization twice.
 */
package org.lowbit4j.regularization;
