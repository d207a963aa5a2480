package org.lowbit4j.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.lowbit4j.memory.WordType;

/**
 * State of one updater block as it comes from a file, read once from its first byte to its last:
 * what is too large for memory, or for an array of ND4J, which needs a backend, can be looked at
 * all the same.
 */
public final class StateScan {

  /** Where words come from. */
  @FunctionalInterface
  public interface Source {

    /**
     * Fills a buffer.
     *
     * @param words in native byte order, to be filled from its position to its limit
     */
    void read(ByteBuffer words) throws IOException;
  }

  /** Is told what there is, in the order of the file. Arrays are used again. */
  public interface Visitor {

    /**
     * A quantization block in 4 or 8 bits.
     *
     * @param codes one a byte
     * @param n how many codes, from index 0
     */
    void codes(int moment, float scale, byte[] codes, int n);

    /**
     * A block in 32 bits.
     *
     * @param n how many values, from index 0
     */
    void values(int moment, float[] values, int n);

    /**
     * Something that no step writes.
     *
     * @param at offset in bytes from the state's first
     * @param what was found
     */
    void damage(long at, String what);
  }

  private static final int PIECE = 1 << 16;

  /** At most so much damage is told of one kind. */
  private static final int TOLD = 3;

  private final WordType type;
  private final long bytes;
  private final Source source;
  private final ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.nativeOrder());
  private long at;
  private long filled;
  private int told;

  /**
   * Begins.
   *
   * @param type of the words
   * @param words that belong to the state
   */
  public StateScan(WordType type, long words, Source source) {
    this.type = type;
    this.bytes = words * type.bytes();
    this.source = source;
    piece.limit(0);
  }

  /**
   * Reads the header.
   *
   * @return its words
   */
  public double[] header() throws IOException {
    double[] words = new double[StateLayout.HEADER_WORDS];
    for (int i = 0; i < words.length; i++) {
      words[i] = type.get(next(type.bytes()));
    }
    return words;
  }

  /** Whether a header is that of fresh state. */
  public static boolean isFresh(double[] header) {
    for (double word : header) {
      // Not 0 either, but -0.
      if (Double.doubleToRawLongBits(word) != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads all that a layout has behind the header.
   *
   * @param layout that fits into the state
   * @param moments their names
   * @return the checksum
   */
  public long payload(StateLayout layout, List<String> moments, Visitor visitor)
      throws IOException {
    told = 0;
    float[] norms = sizes(layout.norms(), "gradient norm %d", visitor);
    long checksum = norms.length == 0 ? 0 : StateChecksum.ofNorms(layout.moments(), norms);
    float[][] scales = new float[layout.moments()][0];
    for (int k = 0; layout.isQuantized() && k < scales.length; k++) {
      String name = "the scale of quantization block %d of " + moments.get(k);
      scales[k] = sizes(Math.toIntExact(layout.blocks()), name, visitor);
    }
    byte[] codes = new byte[layout.blockSize()];
    float[] values = new float[layout.blockSize()];
    for (int k = 0; k < layout.moments(); k++) {
      zeros(layout.valueOffset(k, 0), visitor, "padding is not zero");
      told = 0;
      for (long block = 0; block < layout.blocks(); block++) {
        int n = layout.blockLength(block);
        if (layout.isQuantized()) {
          codes(codes, n, layout.bits());
          checkCodes(moments.get(k), block, codes, n, layout.bits(), visitor);
          float scale = scales[k][(int) block];
          checksum += StateChecksum.ofCodes(k, block, scale, codes, n, layout.bits());
          visitor.codes(k, scale, codes, n);
        } else {
          values(values, n);
          checkValues(moments.get(k), block, values, n, Float.BYTES, visitor);
          checksum += StateChecksum.ofValues(k, block, values, n);
          visitor.values(k, values, n);
        }
      }
    }
    zeros(layout.bytes(), visitor, "padding is not zero");
    return checksum;
  }

  /**
   * Reads to the end of the state.
   *
   * @param otherwise what to say if some byte is not zero
   */
  public void zeros(Visitor visitor, String otherwise) throws IOException {
    zeros(bytes, visitor, otherwise);
  }

  /**
   * Reads the state of an updater of ND4J, which has no header: words, moment after moment.
   *
   * @param moments their names
   */
  public void words(List<String> moments, Visitor visitor) throws IOException {
    long each = bytes / type.bytes() / moments.size();
    float[] values = new float[StateLayout.LARGEST_BLOCK];
    for (int k = 0; k < moments.size(); k++) {
      told = 0;
      for (long done = 0; done < each; ) {
        int n = (int) Math.min(values.length, each - done);
        for (int i = 0; i < n; i++) {
          values[i] = (float) type.get(next(type.bytes()));
        }
        checkValues(moments.get(k), done / values.length, values, n, type.bytes(), visitor);
        visitor.values(k, values, n);
        done += n;
      }
    }
    zeros(bytes, visitor, "there is more than the updater keeps");
  }

  private float[] sizes(int n, String name, Visitor visitor) throws IOException {
    float[] sizes = new float[n];
    for (int i = 0; i < n; i++) {
      sizes[i] = type.getPacked(next(Float.BYTES));
      if (!(sizes[i] >= 0 && sizes[i] <= Float.MAX_VALUE) && told++ < TOLD) {
        visitor.damage(at - Float.BYTES, String.format(name, i) + " is " + sizes[i]);
      }
    }
    return sizes;
  }

  private void checkCodes(
      String moment, long block, byte[] codes, int n, int bits, Visitor visitor) {
    if (!hasReserved(codes, n, bits)) {
      return;
    }
    byte[] one = new byte[1];
    for (int i = 0; i < n && told < TOLD; i++) {
      one[0] = codes[i];
      if (hasReserved(one, 1, bits)) {
        told++;
        visitor.damage(
            bits == 4 ? at - Nibbles.bytes(n) + i / 2 : at - n + i,
            String.format(
                "code 0x%02X in quantization block %d of %s, which no step writes",
                codes[i], block, moment));
      }
    }
  }

  private boolean hasReserved(byte[] codes, int n, int bits) {
    return bits == 4 ? type.hasReserved4(codes, n) : type.hasReserved(codes, n);
  }

  private void checkValues(
      String moment, long block, float[] values, int n, int width, Visitor visitor) {
    float sum = 0;
    for (int i = 0; i < n; i++) {
      sum += values[i] * 0;
    }
    for (int i = 0; sum != 0 && i < n && told < TOLD; i++) {
      if (!Float.isFinite(values[i])) {
        told++;
        visitor.damage(
            at - (n - i) * (long) width,
            String.format("a value in block %d of %s is %s", block, moment, values[i]));
      }
    }
  }

  private void zeros(long end, Visitor visitor, String otherwise) throws IOException {
    boolean said = false;
    while (at < end) {
      if (next(1).get() != 0 && !said) {
        said = true;
        visitor.damage(at - 1, otherwise);
      }
    }
  }

  /** The piece, with so many bytes at least, or some where it is 0; counts them as read. */
  private ByteBuffer next(int n) throws IOException {
    if (!piece.hasRemaining()) {
      piece.clear().limit((int) Math.min(PIECE, bytes - filled));
      filled += piece.limit();
      source.read(piece);
      piece.flip();
    }
    at += n;
    return piece;
  }

  private void codes(byte[] codes, int n, int bits) throws IOException {
    int bytes = bits == 4 ? (int) Nibbles.bytes(n) : n;
    for (int done = 0; done < bytes; ) {
      ByteBuffer b = next(0);
      int some = Math.min(bytes - done, b.remaining());
      b.get(codes, done, some);
      done += some;
      at += some;
    }
    if (bits == 4) {
      Nibbles.unpack(ByteBuffer.wrap(codes.clone()), codes, n);
    }
  }

  private void values(float[] values, int n) throws IOException {
    for (int i = 0; i < n; i++) {
      values[i] = type.getPacked(next(Float.BYTES));
    }
  }
}
