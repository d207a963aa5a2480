package org.lowbit4j.check;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.bytedeco.javacpp.Loader;

/**
 * A library as a file, from which the system can load it.
 *
 * <p>What comes from a jar is copied to JavaCPP's cache, to a folder named by its content, and what
 * is there is compared with the jar's byte by byte: neither another build nor a damaged file is
 * loaded, and processes of several builds do not disturb each other. Where that fails, because the
 * folder cannot be written, or nothing may be run there, or another class loader has the library, a
 * folder of this process's own serves.
 */
final class LibraryCopy {

  private LibraryCopy() {}

  /**
   * Loads a library.
   *
   * @param library where it was found
   * @param bytes its content
   * @throws UnsatisfiedLinkError if it does not load
   */
  static void load(URL library, byte[] bytes) {
    String name = new File(library.getPath()).getName();
    Throwable first;
    try {
      System.load(
          library.getProtocol().equals("file")
              ? Path.of(URI.create(library.toString())).toString()
              : inCache(name, bytes).toString());
      return;
    } catch (IOException | UnsatisfiedLinkError e) {
      first = e;
    }
    try {
      System.load(inTemporaryFolder(name, bytes).toString());
    } catch (IOException | UnsatisfiedLinkError e) {
      UnsatisfiedLinkError error =
          new UnsatisfiedLinkError(
              String.format("%s does not load: %s%s", name, first.getMessage(), remedy(first, e)));
      error.initCause(first);
      error.addSuppressed(e);
      throw error;
    }
  }

  /** What helps where neither place would do; empty where another place would not help. */
  static String remedy(Throwable first, Throwable second) {
    boolean folders =
        second instanceof IOException
            || (first instanceof IOException || isForbidden(first)) && isForbidden(second);
    return folders
        ? ". Name a folder that can be written, and from which programs may be run, by"
            + " -Dorg.bytedeco.javacpp.cachedir=..."
        : "";
  }

  /** As in a file system mounted with noexec, of which newer glibcs do not tell the reason. */
  private static boolean isForbidden(Throwable e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("not permitted")
        || message.contains("denied")
        || message.contains("failed to map segment");
  }

  /** As jars have it of their entries. */
  static long checksum(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc.getValue();
  }

  private static Path inCache(String name, byte[] bytes) throws IOException {
    String content = String.format("%08x-%d", checksum(bytes), bytes.length);
    Path folder = Loader.getCacheDir().toPath().resolve("lowbit4j").resolve(content);
    Path file = folder.resolve(name).toAbsolutePath();
    if (!holds(file, bytes)) {
      Files.createDirectories(folder);
      replace(file, bytes);
    }
    return file;
  }

  /** Another process may do the same at the same time. */
  private static void replace(Path file, byte[] bytes) throws IOException {
    Path written =
        file.resolveSibling(
            file.getFileName() + "." + ProcessHandle.current().pid() + "." + System.nanoTime());
    try {
      Files.write(written, bytes);
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // Windows does not replace a library in use, which is then the right one.
      if (!holds(file, bytes)) {
        throw e;
      }
    } finally {
      Files.deleteIfExists(written);
    }
  }

  private static boolean holds(Path file, byte[] bytes) throws IOException {
    return Files.isRegularFile(file)
        && Files.size(file) == bytes.length
        && Arrays.equals(Files.readAllBytes(file), bytes);
  }

  private static Path inTemporaryFolder(String name, byte[] bytes) throws IOException {
    Path folder = Files.createTempDirectory("lowbit4j");
    Path file = folder.resolve(name).toAbsolutePath();
    // In reverse order; before it is written, as the disk may be full.
    folder.toFile().deleteOnExit();
    file.toFile().deleteOnExit();
    return Files.write(file, bytes);
  }
}
