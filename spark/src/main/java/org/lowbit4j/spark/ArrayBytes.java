package org.lowbit4j.spark;

import java.lang.ref.Reference;
import java.util.zip.CRC32;
import org.lowbit4j.check.Check;
import org.lowbit4j.memory.RawMemory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays as the bytes of their memory, which packed state needs: no word is read as a number. */
final class ArrayBytes {

  /** What Java's arrays can have. */
  private static final long MOST = Integer.MAX_VALUE - 16;

  /** Bytes copied at a time; a buffer has at least 512 MiB. */
  private static final int PIECE = 1 << 28;

  private ArrayBytes() {}

  /** The words of an array, which lie in memory in a row, from one to before another. */
  static byte[] of(INDArray array, long from, long to) {
    int width = array.dataType().width();
    long bytes = (to - from) * width;
    Check.that(
        bytes <= MOST,
        "the size in bytes of a share",
        bytes,
        "at most "
            + MOST
            + "; give layers updater blocks of their own (OptimManager), or use more workers");
    byte[] copy = new byte[(int) bytes];
    RawMemory memory = new RawMemory(array, array.length() * width);
    for (int at = 0; at < copy.length; at += PIECE) {
      memory.at(from * width + at).get(copy, at, Math.min(PIECE, copy.length - at));
    }
    Reference.reachabilityFence(array);
    return copy;
  }

  /** Writes bytes over the words of an array from one on. */
  static void into(byte[] bytes, INDArray array, long from) {
    int width = array.dataType().width();
    RawMemory memory = new RawMemory(array, array.length() * width);
    for (int at = 0; at < bytes.length; at += PIECE) {
      memory.at(from * width + at).put(bytes, at, Math.min(PIECE, bytes.length - at));
    }
    Reference.reachabilityFence(array);
  }

  /** A new array of these bytes. */
  static INDArray array(byte[] bytes, DataType type) {
    INDArray array = Nd4j.createUninitialized(type, bytes.length / type.width());
    into(bytes, array, 0);
    return array;
  }

  /** The CRC-32 of an array's bytes; null has that of no bytes. */
  static long crc(INDArray array) {
    CRC32 crc = new CRC32();
    if (array != null) {
      long words = PIECE / array.dataType().width();
      for (long from = 0; from < array.length(); from += words) {
        crc.update(of(array, from, Math.min(array.length(), from + words)));
      }
    }
    return crc.getValue();
  }
}
