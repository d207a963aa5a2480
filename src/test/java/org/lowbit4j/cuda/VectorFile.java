package org.lowbit4j.cuda;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Launches and what they must lead to, in one file, for programs without Java: {@code
 * nd4j-ops/src/gpu/README.md} describes the format.
 *
 * <p>Memory has no address yet: a case is given made-up ones, which the file has as names and
 * offsets.
 */
final class VectorFile implements Closeable {

  static final String HEAD = "lowbit4j-vectors 1";

  /** The upper byte of made-up addresses; no number that a kernel is told has it. */
  private static final long MARK = 0x7A;

  private static final int MARK_SHIFT = 56;
  private static final int REGION_SHIFT = 48;
  private static final long OFFSET_MASK = (1L << REGION_SHIFT) - 1;

  private final OutputStream out;
  private final Map<ByteBuffer, Integer> blobs = new HashMap<>();
  private final List<String> regions = new ArrayList<>();
  private long sum = Fnv.START;
  private long written;

  VectorFile(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    out = new BufferedOutputStream(Files.newOutputStream(file));
    line(HEAD);
  }

  /** A module as a driver is given it. */
  void module(String name, String ptx) {
    int blob = blob(CudaModules.named(name, ptx).getBytes(StandardCharsets.US_ASCII));
    line("module " + name + " " + blob);
  }

  /**
   * Begins a case.
   *
   * @param kind {@code check} or {@code time}
   */
  void begin(String name, String kind, long elements) {
    regions.clear();
    line(String.format("case %s %s %d", name, kind, elements));
  }

  /** What a timed launch reads and writes. */
  void moves(long bytes) {
    line("moves " + bytes);
  }

  /**
   * Memory on the device.
   *
   * @param shift how many bytes behind an aligned address it begins
   * @return its address, made up
   */
  long memory(String region, long bytes, int shift) {
    return memory(region, bytes, shift, "device");
  }

  /** Memory on the host that the device writes to. */
  long memoryHere(String region, long bytes) {
    return memory(region, bytes, 0, "host");
  }

  private long memory(String region, long bytes, int shift, String where) {
    line(String.format("memory %s %d %d %s", region, bytes, shift, where));
    regions.add(region);
    return MARK << MARK_SHIFT | (long) regions.size() << REGION_SHIFT;
  }

  void zero(String region) {
    line("zero " + region);
  }

  void put(String region, byte[] bytes) {
    line(String.format("put %s %d", region, blob(bytes)));
  }

  /** Fills memory with bytes, again and again. */
  void fill(String region, byte[] bytes) {
    line(String.format("fill %s %d", region, blob(bytes)));
  }

  /** Counts from here on, for messages. */
  void step(int step) {
    line("step " + step);
  }

  void launch(String module, String kernel, LaunchSize size, Arguments arguments) {
    byte[] bytes = arguments.bytes();
    StringBuilder addresses = new StringBuilder();
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + Long.BYTES <= bytes.length; at += Long.BYTES) {
      long word = words.getLong(at);
      if (word >>> MARK_SHIFT == MARK) {
        String region = regions.get((int) (word >>> REGION_SHIFT & 0xFF) - 1);
        addresses.append(String.format(" %d:%s:%d", at, region, word & OFFSET_MASK));
        words.putLong(at, 0);
      }
    }
    line(
        String.format(
            "launch %s %s %d %d %d %d%s",
            module,
            kernel,
            size.threads,
            size.perMultiprocessor,
            size.blocks,
            blob(bytes),
            addresses));
  }

  /** What memory must be like now. */
  void expect(String region, byte[] bytes) {
    line(String.format("expect %s %d", region, blob(bytes)));
  }

  /** The same for much memory, of which a hash will do. */
  void expectHash(String region, byte[] bytes) {
    long hash = Fnv.add(Fnv.START, bytes, bytes.length);
    line(String.format("hash %s %d %016x", region, bytes.length, hash));
  }

  private int blob(byte[] bytes) {
    Integer known = blobs.get(ByteBuffer.wrap(bytes));
    if (known != null) {
      return known;
    }
    int id = blobs.size();
    blobs.put(ByteBuffer.wrap(bytes.clone()), id);
    line(String.format("blob %d %d", id, bytes.length));
    write(bytes);
    line("");
    return id;
  }

  private void line(String text) {
    write((text + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void write(byte[] bytes) {
    sum = Fnv.add(sum, bytes, bytes.length);
    written += bytes.length;
    try {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long written() {
    return written;
  }

  @Override
  public void close() throws IOException {
    line(String.format("end %016x", sum));
    out.close();
  }

  /** FNV-1a with 64 bits. */
  private static final class Fnv {
    static final long START = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    static long add(long hash, byte[] bytes, int n) {
      long h = hash;
      for (int i = 0; i < n; i++) {
        h = (h ^ bytes[i] & 0xFF) * PRIME;
      }
      return h;
    }
  }
}
