package org.lowbit4j.paging;

import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;
import org.lowbit4j.check.NativeLibrary;

/**
 * The calls to Linux in {@code nd4j-ops}, bound through JavaCPP; answers below zero are error
 * numbers, negated.
 */
@Platform(include = "lowbit4j/pages.h")
@Namespace("lowbit4j")
final class NativePages {

  /** Tells that a library has these methods: the same number is in {@code pages.h}. */
  static final int ABI = 0x7abce71a;

  private NativePages() {}

  /**
   * Loads the library.
   *
   * @throws UnsatisfiedLinkError if it was not built for this platform, or is of another build than
   *     this class, or cannot be loaded
   */
  static void load() {
    NativeLibrary.load(NativePages.class, ABI, NativePages::pagesAbi);
  }

  /** The library's {@link #ABI}. */
  static native int pagesAbi();

  /** Maps a new scratch file of zeros; returns its address. */
  static native @Cast("int64_t") long mapScratch(
      String folder, @Cast("int64_t") long bytes, @Cast("bool") boolean smallPages);

  static native @Cast("int64_t") long unmap(
      @Cast("int64_t") long address, @Cast("int64_t") long bytes);

  /** Starts reading pages from the disk. */
  static native @Cast("int64_t") long willNeed(
      @Cast("int64_t") long address, @Cast("int64_t") long bytes);

  /** Maps pages to be written; fails if the disk does. */
  static native @Cast("int64_t") long willWrite(
      @Cast("int64_t") long address, @Cast("int64_t") long bytes);

  /** Takes pages out of the process's memory. */
  static native @Cast("int64_t") long release(
      @Cast("int64_t") long address, @Cast("int64_t") long bytes);

  /** Gives memory and disk back; the pages read as zeros. */
  static native @Cast("int64_t") long empty(
      @Cast("int64_t") long address, @Cast("int64_t") long bytes);

  static native int pageSize();

  /** What an error number means. */
  static native @Const String message(int error);
}
