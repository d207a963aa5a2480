package org.lowbit4j.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bytes of state format version 1: what is written today, and what is read. */
class StateFormatTest {

  /** All optimizers, widths, types, codebooks, with and without clipping. */
  @ParameterizedTest
  @EnumSource
  void theFormatIsPinned(Variant variant) {
    List<String> expected =
        concat(rows("states.csv.gz", variant), rows("states-4bits.csv", variant));
    List<String> actual = new ArrayList<>();
    for (StateRun.Form form : concat(StateRun.Form.all(), StateRun.Form.allOf4Bits())) {
      StateRun run = StateRun.after(variant, form);
      actual.add(row(form, run.updates(), Recorded.hash(run.state())));
    }
    assertThat(actual)
        .as("form, hash of the updates, hash of the state of %s after 4 steps", variant)
        .containsExactlyElementsOf(expected);
  }

  /** What was written is what is written: byte by byte, so that a difference has a place. */
  @ParameterizedTest
  @EnumSource
  void theBytesAreTheSame(Variant variant) {
    for (StateRun.Form form : samples()) {
      byte[] expected = Recorded.read(form.file(variant));
      byte[] actual = StateRun.after(variant, form).state();
      assertThat(actual).hasSameSizeAs(expected);
      assertThat(Arrays.mismatch(actual, expected))
          .as("the first byte of the state of %s, %s, that differs (-1: none)", variant, form)
          .isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void bytesWrittenOnceAreReadAndTrainedOn(Variant variant) {
    List<String> actual = new ArrayList<>();
    for (StateRun.Form form : samples()) {
      StateRun run = StateRun.on(Recorded.read(form.file(variant)), variant, form);
      String moments = run.moments(variant);
      run.step(StateRun.STEPS);
      actual.add(row(form, moments, run.updates(), Recorded.hash(run.state())));
    }
    assertThat(actual)
        .as("form, hashes of the moments, of the next update and the next state of %s", variant)
        .containsExactlyElementsOf(
            concat(rows("samples.csv", variant), rows("samples-4bits.csv", variant)));
  }

  private static List<StateRun.Form> samples() {
    return concat(StateRun.Form.samples(), StateRun.Form.samplesOf4Bits());
  }

  private static <T> List<T> concat(List<T> first, List<T> second) {
    return Stream.concat(first.stream(), second.stream()).collect(Collectors.toList());
  }

  private static List<String> rows(String file, Variant variant) {
    List<String> rows = new ArrayList<>();
    for (String[] row : Recorded.table(file)) {
      if (row[0].equals(variant.name())) {
        rows.add(String.join(", ", row).substring(row[0].length() + 2));
      }
    }
    return rows;
  }

  private static String row(StateRun.Form form, String... hashes) {
    return form + ", " + String.join(", ", hashes);
  }
}
