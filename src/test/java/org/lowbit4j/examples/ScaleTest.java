package org.lowbit4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.lowbit4j.examples.scale.Scale;

class ScaleTest {

  @Test
  void thePageHasTheTables() throws IOException {
    String page = Files.readString(Path.of("docs/scale.md"));
    assertThat(page).contains(unix(Scale.averaging()));
    assertThat(page).contains(unix(Scale.gradients()));
    assertThat(page).contains(unix(Scale.memory()));
  }

  private static String unix(String text) {
    return text.replace(System.lineSeparator(), "\n");
  }

  /** By hand: 0.8 GB in 7 of 8 parts, then twice as a whole, at 1.25 GB a second. */
  @Test
  void secondsAreThoseOfTheNetwork() {
    assertThat(Scale.seconds(100_000_000, 400e6, 8, 10)).isCloseTo(1.84, within(1e-9));
    assertThat(Scale.shardedSeconds(100_000_000, 8, 10)).isCloseTo(0.56, within(1e-9));
  }
}
