/**
 * What {@link org.lowbit4j.OptimManager} and {@link org.lowbit4j.LearningRates} work out before
 * anything is changed: which updater each group of parameters is to have, in which blocks.
 */
package org.lowbit4j.plan;
