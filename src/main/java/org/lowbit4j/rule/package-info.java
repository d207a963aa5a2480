/** The arithmetic of the optimizers in float32; knows nothing of storage or ND4J. */
package org.lowbit4j.rule;
