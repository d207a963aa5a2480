package org.lowbit4j.cli;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * A file that is there as a whole or not at all: written beside its place under another name, and
 * renamed when it is on the disk.
 */
final class OutputFile {

  /** Writes the contents. */
  @FunctionalInterface
  interface Writer {
    void write(OutputStream out) throws IOException;
  }

  private final File source;
  private final Path target;
  private final boolean force;

  /**
   * Checks what can be checked before anything is read.
   *
   * @param source is never touched
   * @param force whether to replace a file that is there
   * @throws Failure if the file cannot be written
   */
  OutputFile(File source, File target, boolean force) {
    this.source = source;
    this.target = target.toPath().toAbsolutePath();
    this.force = force;
    if (target.exists() && isSame(source, target)) {
      throw new Failure(
          "The output is the source, " + source + ", which is never touched. Name another file.",
          null);
    }
    if (target.isDirectory()) {
      throw new Failure(target + " is a folder; name a file in it.", null);
    }
    requireFree();
    if (!Files.isDirectory(this.target.getParent())) {
      throw new Failure("There is no folder " + this.target.getParent() + "; make it.", null);
    }
  }

  private void requireFree() {
    if (Files.exists(target) && !force) {
      throw new Failure(target.getFileName() + " exists already; --force replaces it.", null);
    }
  }

  private static boolean isSame(File a, File b) {
    try {
      return Files.isSameFile(a.toPath(), b.toPath());
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Writes it.
   *
   * @throws Failure if that fails; no part of it is left behind
   */
  void write(Writer writer) {
    Path unfinished =
        target.resolveSibling(target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
    Thread cleaner = new Thread(() -> delete(unfinished));
    Runtime.getRuntime().addShutdownHook(cleaner); // Ctrl-C
    try {
      try (FileChannel channel =
              FileChannel.open(
                  unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
        writer.write(out);
        out.flush();
        channel.force(true);
      }
      requireFree();
      Files.move(
          unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new Failure(message(e), e);
    } finally {
      delete(unfinished);
      Runtime.getRuntime().removeShutdownHook(cleaner);
    }
  }

  private String message(IOException e) {
    String text = String.valueOf(e.getMessage());
    boolean full = text.toLowerCase(Locale.ROOT).contains("no space");
    return target
        + " was not written: "
        + (full ? "the disk is full. Make room, or name a file on another disk" : text)
        + ". Nothing is left of it, and "
        + source
        + " is unchanged.";
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // The message about what failed before says more.
      path.toFile().deleteOnExit();
    }
  }
}
