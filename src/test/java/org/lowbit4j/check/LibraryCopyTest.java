package org.lowbit4j.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When another folder is what helps. */
class LibraryCopyTest {

  private static final String REMEDY = "-Dorg.bytedeco.javacpp.cachedir=";

  /** As glibc 2.36 says it, as 2.28 does, and as musl and macOS do. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "failed to map segment from shared object",
        "failed to map segment from shared object: Operation not permitted",
        "Permission denied"
      })
  void whereNothingMayBeRunAnotherFolderIsAdvised(String words) {
    UnsatisfiedLinkError forbidden = new UnsatisfiedLinkError("/cache/lib.so: " + words);
    assertThat(LibraryCopy.remedy(forbidden, forbidden)).contains(REMEDY);
    assertThat(LibraryCopy.remedy(new IOException("full"), forbidden)).contains(REMEDY);
  }

  @Test
  void whatIsWrongInEveryFolderIsLeftToTheSystemsWords() {
    UnsatisfiedLinkError missing = new UnsatisfiedLinkError("libgomp.so.1: cannot open");
    assertThat(LibraryCopy.remedy(missing, missing)).isEmpty();
  }
}
