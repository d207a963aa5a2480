/**
 * From one way of keeping optimizer state to another: which moments of one updater are those of
 * another ({@link org.lowbit4j.convert.MomentMap}), the state of ND4J's own updaters ({@link
 * org.lowbit4j.convert.PlainState}), and the state of a whole network taken over ({@link
 * org.lowbit4j.convert.NetworkState}).
 */
package org.lowbit4j.convert;
