package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The Java kernel still does the steps that were recorded for programs without a JVM. */
class StepVectorsTest {

  @Test
  void stepsAreThoseRecorded() throws IOException {
    try (InputStream in = StepVectorsTest.class.getResourceAsStream(StepVectors.RESOURCE)) {
      String recorded = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(recorded.lines()).containsExactlyElementsOf(StepVectors.lines());
    }
  }
}
