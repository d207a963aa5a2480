package org.lowbit4j.examples.convergence;

/**
 * What one training ended with.
 *
 * @param network what was trained
 * @param optimizer by what
 * @param seed of weights and order of the data
 * @param loss mean cross-entropy of the test data, per label, in nats
 * @param accuracy share of the test data's labels foretold right, 0 to 1
 * @param stateBytes size of the optimizer state in memory
 */
public record Outcome(
    Network network,
    Optimizer optimizer,
    long seed,
    double loss,
    double accuracy,
    long stateBytes) {}
