package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.lowbit4j.paging.PageFile;

/** Watches how much of the memory mapped from a scratch file, or of all memory, is resident. */
final class ResidentMemory implements AutoCloseable {

  /** Milliseconds; a look goes through all page tables of the process, which is not free. */
  private static final long INTERVAL = 100;

  private final LongSupplier measure;
  private final Thread sampler = new Thread(this::sample, "resident memory");
  private volatile boolean closed;
  private long highest;

  /** Of the memory mapped from a file. */
  ResidentMemory(PageFile file) {
    this(() -> ofFile(Long.toHexString(file.address()) + "-"));
  }

  /** Of this process. */
  ResidentMemory() {
    this(ResidentMemory::ofProcess);
  }

  private ResidentMemory(LongSupplier measure) {
    this.measure = measure;
    sampler.setDaemon(true);
    sampler.start();
  }

  /** The highest value since the last call. */
  synchronized long highest() {
    long result = Math.max(highest, measure.getAsLong());
    highest = 0;
    return result;
  }

  /** Number of scratch files that are mapped; no other file here has lost its name. */
  static long scratchFiles() {
    return lines("/proc/self/maps").filter(ResidentMemory::isOfScratchFile).count();
  }

  /** All resident memory of this process. */
  static long ofProcess() {
    return lines("/proc/self/status")
        .filter(l -> l.startsWith("VmRSS:"))
        .mapToLong(ResidentMemory::bytes)
        .sum();
  }

  private static long ofFile(String start) {
    long sum = 0;
    boolean here = false;
    for (String line : lines("/proc/self/smaps").toList()) {
      if (line.startsWith("VmFlags:")) {
        here = false;
      } else if (line.startsWith(start)) {
        here = true;
      } else if (here && line.startsWith("Rss:")) {
        sum += bytes(line);
      }
    }
    return sum;
  }

  /**
   * Collects garbage until no more than so many scratch files are mapped, for at most 5 seconds.
   */
  static void collectUntil(long scratchFiles) throws InterruptedException {
    for (int i = 0; i < 100 && scratchFiles() > scratchFiles; i++) {
      System.gc();
      Thread.sleep(50);
    }
    assertThat(scratchFiles()).isLessThanOrEqualTo(scratchFiles);
  }

  private static boolean isOfScratchFile(String line) {
    return line.contains(PagedNetworks.FOLDER) && line.endsWith("(deleted)");
  }

  private static Stream<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file)).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long bytes(String line) {
    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
  }

  private void sample() {
    while (!closed) {
      long now = measure.getAsLong();
      synchronized (this) {
        highest = Math.max(highest, now);
      }
      try {
        Thread.sleep(INTERVAL);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    sampler.interrupt();
  }
}
