package org.lowbit4j.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Libraries of all platforms: whole, cut off, and of others. */
class LibraryFormatTest {

  private static final int SIZE = 1000;

  private static ByteBuffer buffer() {
    return ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The least that the system's loader reads, its last part ending with the file. */
  private static byte[] library(String platform) {
    boolean arm = platform.endsWith("arm64");
    ByteBuffer b = buffer();
    if (platform.startsWith("linux")) {
      b.putInt(0, 0x464C457F).put(4, (byte) 2).put(5, (byte) 1);
      b.putShort(18, (short) (arm ? 183 : 62));
      b.putLong(0x28, SIZE - 5 * 64).putShort(0x3A, (short) 64).putShort(0x3C, (short) 5);
    } else if (platform.startsWith("windows")) {
      int header = 200;
      int optional = 112;
      b.putShort(0, (short) 0x5A4D).putInt(0x3C, header).putInt(header, 0x4550);
      b.putShort(header + 4, (short) (arm ? 0xAA64 : 0x8664)).putShort(header + 6, (short) 2);
      b.putShort(header + 20, (short) optional);
      int section = header + 24 + optional;
      b.putInt(section + 16, 100).putInt(section + 20, 500);
      b.putInt(section + 40 + 16, 400).putInt(section + 40 + 20, 600);
    } else {
      b.putInt(0, 0xFEEDFACF).putInt(4, arm ? 0x0100000C : 0x01000007).putInt(16, 2);
      b.putInt(32, 2).putInt(36, 24); // a table of symbols, which is in a segment
      b.putInt(56, 0x19).putInt(60, 72).putLong(56 + 40, 400).putLong(56 + 48, 600);
    }
    return b.array();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"linux-x86_64", "linux-arm64", "windows-x86_64", "macosx-x86_64", "macosx-arm64"})
  void wholeOnesAreAcceptedAndPartsAreNot(String platform) {
    byte[] whole = library(platform);
    assertThat(LibraryFormat.fault(whole, platform)).isNull();
    assertThat(LibraryFormat.fault(Arrays.copyOf(whole, SIZE + 10), platform)).isNull();
    for (int length = 0; length < SIZE; length++) {
      assertThat(LibraryFormat.fault(Arrays.copyOf(whole, length), platform))
          .as("%s, %d bytes", platform, length)
          .contains("has " + length + " bytes of ", "get it anew");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "linux-arm64, linux-x86_64",
    "linux-x86_64, linux-arm64",
    "windows-x86_64, linux-x86_64",
    "linux-x86_64, windows-x86_64",
    "windows-arm64, windows-x86_64",
    "macosx-arm64, macosx-x86_64",
    "linux-arm64, macosx-arm64",
  })
  void othersAreNot(String platform, String wanted) {
    assertThat(LibraryFormat.fault(library(platform), wanted))
        .startsWith("is no library for " + wanted);
  }

  @Test
  void platformsThatAreNotKnownAreLeftToTheSystem() {
    assertThat(LibraryFormat.fault(new byte[3], "android-arm64")).isNull();
    assertThat(LibraryFormat.fault(library("linux-arm64"), "linux-ppc64le")).isNull();
  }

  /** Whatever is in it: an answer, and no exception. */
  @Test
  void anyBytes() {
    Random random = new Random(6);
    String[] platforms = {"linux-x86_64", "windows-x86_64", "macosx-arm64"};
    for (int i = 0; i < 20_000; i++) {
      String platform = platforms[i % platforms.length];
      byte[] bytes = library(platform);
      for (int k = random.nextInt(5); k >= 0; k--) {
        bytes[random.nextInt(350)] = (byte) random.nextInt();
      }
      LibraryFormat.fault(bytes, platform);
    }
  }
}
