package org.lowbit4j.cli;

import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend;

/** ND4J's backend, for what cannot be done without one. */
final class Backend {

  private Backend() {}

  /**
   * Loads it.
   *
   * @throws Failure if there is none that works
   */
  static Nd4jBackend require() {
    try {
      return Nd4j.getBackend();
    } catch (LinkageError | RuntimeException e) {
      throw new Failure(
          "No backend of ND4J works here ("
              + e
              + "). Put nd4j-native and its binary for this platform on the class path, or build the"
              + " jar for it: mvn -f cli/pom.xml package -Dplatform=...",
          e);
    }
  }
}
