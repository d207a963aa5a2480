package org.lowbit4j.updater;

import org.lowbit4j.check.StrictDeserializer;

/** Reads configurations of updaters, which JSON makes without their setters. */
final class StrictConfigDeserializer extends StrictDeserializer {

  /** For Jackson. */
  StrictConfigDeserializer() {}

  @Override
  protected void check(Object made) {
    ((LowBitConfig<?>) made).validateAll();
  }
}
