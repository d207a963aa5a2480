package org.lowbit4j.cli;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Enumeration;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Copies an archive, some of its entries replaced or left out. */
final class ZipCopy {

  private static final int PIECE = 1 << 16;

  private ZipCopy() {}

  /**
   * Copies.
   *
   * @param instead by name of entry what writes it, null to leave it out; what the source does not
   *     have comes last
   * @param progress is told of bytes, before they are compressed
   * @throws Failure if an entry of the source is damaged
   */
  static void copy(
      File source, Map<String, OutputFile.Writer> instead, OutputStream out, LongConsumer progress)
      throws IOException {
    try (ZipFile zip = new ZipFile(source)) {
      ZipOutputStream copy = new ZipOutputStream(out);
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        if (!instead.containsKey(entry.getName())) {
          copy.putNextEntry(new ZipEntry(entry.getName()));
          copy(source, zip, entry, copy, progress);
          copy.closeEntry();
        } else if (instead.get(entry.getName()) != null) {
          add(copy, entry.getName(), instead.get(entry.getName()));
        }
      }
      for (Map.Entry<String, OutputFile.Writer> entry : instead.entrySet()) {
        if (entry.getValue() != null && zip.getEntry(entry.getKey()) == null) {
          add(copy, entry.getKey(), entry.getValue());
        }
      }
      copy.finish();
    }
  }

  private static void add(ZipOutputStream out, String name, OutputFile.Writer writer)
      throws IOException {
    out.putNextEntry(new ZipEntry(name));
    writer.write(out);
    out.closeEntry();
  }

  private static void copy(
      File source, ZipFile zip, ZipEntry entry, OutputStream out, LongConsumer progress)
      throws IOException {
    CRC32 crc = new CRC32();
    byte[] piece = new byte[PIECE];
    try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), crc)) {
      for (int n = read(source, entry, in, piece); n >= 0; n = read(source, entry, in, piece)) {
        out.write(piece, 0, n);
        progress.accept(n);
      }
    }
    if (crc.getValue() != entry.getCrc()) {
      throw damaged(source, entry, null);
    }
  }

  /** What fails here is the source, and not what is written. */
  private static int read(File source, ZipEntry entry, InputStream in, byte[] piece) {
    try {
      return in.read(piece);
    } catch (IOException e) {
      throw damaged(source, entry, e);
    }
  }

  private static Failure damaged(File source, ZipEntry entry, IOException cause) {
    return new Failure(
        entry.getName() + " in " + source + " is damaged; nothing was written. Use an older copy.",
        cause,
        Failure.DAMAGED);
  }

  /** Bytes of all entries but some, once they are inflated. */
  static long size(File source, Map<String, OutputFile.Writer> instead) throws IOException {
    try (ZipFile zip = new ZipFile(source)) {
      return zip.stream()
          .filter(e -> !instead.containsKey(e.getName()))
          .mapToLong(ZipEntry::getSize)
          .sum();
    }
  }
}
