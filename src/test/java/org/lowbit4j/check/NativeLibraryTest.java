package org.lowbit4j.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes from a jar is what was put there: loading anything else ends the process. */
class NativeLibraryTest {

  private static final String NAME = "lib.so";
  private static final byte[] LIBRARY = "a library, ".repeat(500).getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {ZipEntry.STORED, ZipEntry.DEFLATED})
  void aWholeEntryIsRead(int method) throws Exception {
    assertThat(NativeLibrary.read(inside(jar(method)))).isEqualTo(LIBRARY);
  }

  @Test
  void aFileIsRead() throws Exception {
    Path file = Files.write(folder.resolve(NAME), LIBRARY);
    assertThat(NativeLibrary.read(file.toUri().toURL())).isEqualTo(LIBRARY);
  }

  /** Of the same length, which a header tells nothing of. */
  @Test
  void anEntryWithOtherBytesThanItsChecksumIsRefused() throws Exception {
    Path jar = jar(ZipEntry.STORED);
    byte[] bytes = Files.readAllBytes(jar);
    bytes[bytes.length / 2] ^= 1;
    assertRefused(Files.write(jar, bytes));
  }

  /** The last bits of a packed entry, and a few others, have no meaning. */
  @Test
  void aPackedEntryThatIsDamagedIsRefusedOrReadAsItWas() throws Exception {
    byte[] whole = Files.readAllBytes(jar(ZipEntry.DEFLATED));
    int from = 30 + NAME.length(); // behind the local header
    int to = new String(whole, StandardCharsets.ISO_8859_1).indexOf("PK\7\b");
    int refused = 0;
    for (int at = from; at < to; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      URL library = inside(Files.write(folder.resolve(at + ".jar"), damaged));
      try {
        assertThat(NativeLibrary.read(library)).isEqualTo(LIBRARY);
      } catch (UnsatisfiedLinkError e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan((to - from) / 2);
  }

  private static void assertRefused(Path jar) throws IOException {
    URL library = inside(jar);
    assertThatThrownBy(() -> NativeLibrary.read(library))
        .isInstanceOf(UnsatisfiedLinkError.class)
        .hasMessageContaining("the jar is damaged, get it anew");
  }

  private static URL inside(Path jar) throws IOException {
    return new URL("jar:" + jar.toUri() + "!/" + NAME);
  }

  private Path jar(int method) throws IOException {
    Path jar = folder.resolve(method + ".zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      ZipEntry entry = new ZipEntry(NAME);
      entry.setMethod(method);
      if (method == ZipEntry.STORED) {
        entry.setSize(LIBRARY.length);
        entry.setCrc(crc());
      }
      out.putNextEntry(entry);
      out.write(LIBRARY);
    }
    return jar;
  }

  private static long crc() {
    CRC32 crc = new CRC32();
    crc.update(LIBRARY);
    return crc.getValue();
  }
}
