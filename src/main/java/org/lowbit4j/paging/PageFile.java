package org.lowbit4j.paging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.lowbit4j.memory.ArrayMemory;
import org.lowbit4j.memory.Pages;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory mapped from a scratch file of zeros.
 *
 * <p>The file has no name: it is gone with the process, however that ends, or when the last array
 * over it is collected. Its blocks are reserved when it is made. What is released leaves the
 * process's resident memory; the kernel writes it to the disk when it likes and keeps it in its
 * page cache as long as it has memory to spare.
 *
 * <p>Within its budget, the first part of the memory is never released: going round and round, to
 * release some pages is as good as to release any, and those kept cost nothing.
 */
public final class PageFile extends Pages implements ArrayMemory {

  /** The smallest budget: room for some chunks, and for the pages at their edges. */
  public static final long LEAST_BUDGET = 1 << 20;

  private static final long LARGEST_CHUNK = 16 << 20;
  private static final long CHUNK_UNIT = 4096;

  /** From this budget on, pages may be large. */
  private static final long LARGE_PAGES_FROM = 64 << 20;

  /** The largest page of Linux's page cache, which is mapped as a whole. */
  private static final long LARGE_PAGE = 2 << 20;

  /** Small ones are mapped, when read, up to an aligned window of this size. */
  private static final long WINDOW = 64 << 10;

  /** File systems in memory, on which paging would save none. */
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  private static final Logger LOG = LoggerFactory.getLogger(PageFile.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private final transient LongAdder in = new LongAdder();
  private final transient LongAdder out = new LongAdder();
  private final transient AtomicBoolean warned = new AtomicBoolean();
  private final long start;
  private final long bytes;
  private final long budget;

  /** What is mapped at once. */
  private final long granule;

  /** Where what was never released begins: nothing of it is on the disk yet. */
  private final transient LongAccumulator untouched = new LongAccumulator(Math::max, 0);

  private PageFile(long address, long bytes, long budget) {
    super(address, bytes);
    this.start = address;
    this.bytes = bytes;
    this.budget = budget;
    this.granule = budget < LARGE_PAGES_FROM ? WINDOW : LARGE_PAGE;
  }

  /**
   * Makes a file and maps it.
   *
   * @param folder an existing folder, on a disk
   * @param bytes size, 1 or more
   * @param budget how much of it should be resident at most, {@link #LEAST_BUDGET} or more
   * @return memory of zeros
   * @throws IllegalArgumentException if the budget is too small, or there is no such folder, or it
   *     is on a file system in memory
   * @throws UncheckedIOException if the disk has no space left, or the folder cannot be written to
   * @throws UnsupportedOperationException if the native library was not built, or this is not Linux
   */
  public static PageFile create(Path folder, long bytes, long budget) {
    requireUsable(folder, budget);
    requireRoom(folder, bytes);
    long address =
        NativePages.mapScratch(
            folder.toAbsolutePath().toString(), bytes, budget < LARGE_PAGES_FROM);
    if (address < 0) {
      throw failure(folder, bytes, NativePages.message((int) -address));
    }
    PageFile file = new PageFile(address, bytes, budget);
    CLEANER.register(file, () -> NativePages.unmap(address, bytes));
    return file;
  }

  /**
   * Loads the native library.
   *
   * @throws UnsupportedOperationException if it was not built, or this is not Linux
   */
  public static void load() {
    if (Library.FAILURE != null) {
      throw new UnsupportedOperationException(
          "Paging needs the native library of lowbit4j, which exists for Linux and was not built or does not load here ("
              + Library.FAILURE.getMessage()
              + "). Train without it: nothing else depends on it.",
          Library.FAILURE);
    }
  }

  /** Checks what does not depend on the size. */
  public static void requireUsable(Path folder, long budget) {
    if (budget < LEAST_BUDGET) {
      throw new IllegalArgumentException(
          "budget is " + budget + " bytes; it must be " + LEAST_BUDGET + " or more.");
    }
    load();
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("There is no folder " + folder.toAbsolutePath() + ".");
    }
  }

  /** What can be found out before anything is made: a full disk would have to be filled first. */
  private static void requireRoom(Path folder, long bytes) {
    try {
      if (IN_MEMORY.contains(Files.getFileStore(folder).type())) {
        throw new IllegalArgumentException(
            String.format(
                "The folder %s is in memory (tmpfs): paging to it would save none. Choose one on a disk.",
                folder.toAbsolutePath()));
      }
      long usable = Files.getFileStore(folder).getUsableSpace();
      if (usable < bytes) {
        throw failure(folder, bytes, "only " + usable + " are free");
      }
    } catch (IOException e) {
      // Some containers have no such information; making the file finds a full disk as well.
      LOG.debug("The file store of {} is not known.", folder, e);
    }
  }

  private static UncheckedIOException failure(Path folder, long bytes, String reason) {
    return new UncheckedIOException(
        new IOException(
            String.format(
                "No scratch file of %d bytes can be made in %s: %s. Nothing was changed.",
                bytes, folder.toAbsolutePath(), reason)));
  }

  /** Closing the array does not unmap. */
  @Override
  public INDArray array(DataType type) {
    long length = bytes / type.width();
    return Nd4j.create(
        Nd4j.getDataBufferFactory().create(this, type, length, PagedIndexers.of(this, type)),
        length);
  }

  /** Of whole pages, so that none of its words lies in two. */
  @Override
  public long chunk() {
    return Math.min(LARGEST_CHUNK, budget / 8 / CHUNK_UNIT * CHUNK_UNIT);
  }

  @Override
  public void ahead(long address, long count) {
    in.add(
        advise(address, Math.min(count, start + untouched.get() - address), NativePages::willNeed));
  }

  @Override
  public void write(long address, long count) {
    long first = address - address % NativePages.pageSize();
    long result = NativePages.willWrite(first, address + count - first);
    if (result < 0) {
      throw new IllegalStateException(
          String.format(
              "The scratch file of the optimizer state cannot be read or written (%s). Restore the last checkpoint.",
              NativePages.message((int) -result)));
    }
  }

  @Override
  public void behind(long address, long count) {
    out.add(advise(address, count, NativePages::release));
    untouched.accumulate(address - start + count);
  }

  @Override
  public void copyIn(INDArray from, INDArray array) {
    PageTransfer.copyIn(from, array, this);
  }

  @Override
  public void copyOut(INDArray array, INDArray to) {
    PageTransfer.copyOut(array, this, to);
  }

  @Override
  public void fill(INDArray array, Source source) throws IOException {
    PageTransfer.fill(array, this, source);
  }

  /** Before it is unmapped, which is for the garbage collector; views that were kept see zeros. */
  @Override
  public void free() {
    NativePages.empty(start, bytes);
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /**
   * How much should be resident at most.
   *
   * @return bytes
   */
  public long budget() {
    return budget;
  }

  /** What was asked for behind what is kept. */
  @Override
  public long bytesIn() {
    return in.sum();
  }

  /** What was released. */
  @Override
  public long bytesOut() {
    return out.sum();
  }

  /**
   * Bytes from the start that are never released; there must be room for a chunk, the next one, and
   * what is mapped at both ends of it, for four arrays of scales or codes.
   */
  private long kept() {
    return bytes <= budget ? bytes : Math.max(0, budget - 2 * chunk() - 8 * granule);
  }

  /** Gives advice about the part of a range behind what is kept; returns how many bytes that is. */
  private long advise(long address, long count, Advice advice) {
    long from = Math.max(address - start, kept());
    long to = Math.min(address - start + count, bytes);
    if (from >= to) {
      return 0;
    }
    long first = from / granule * granule;
    long end = Math.min((to + granule - 1) / granule * granule, bytes);
    long result = advice.give(start + first, end - first);
    if (result < 0 && !warned.getAndSet(true)) {
      LOG.warn(
          "The kernel does not take advice on paged memory ({}): it may stay resident.",
          NativePages.message((int) -result));
    }
    return result < 0 ? 0 : to - from;
  }

  /** Loaded when first asked for. */
  private static final class Library {

    static final Throwable FAILURE = load();

    private static Throwable load() {
      try {
        NativePages.load();
        return null;
      } catch (LinkageError | RuntimeException e) {
        return e;
      }
    }
  }

  private interface Advice {
    long give(long address, long bytes);
  }
}
