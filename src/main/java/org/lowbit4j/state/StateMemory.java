package org.lowbit4j.state;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.lowbit4j.memory.GradientView;
import org.lowbit4j.memory.Pages;
import org.lowbit4j.memory.RawMemory;
import org.lowbit4j.memory.WordType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The state array of one updater block, by block and moment.
 *
 * <p>Keeps the array reachable as long as this object is; users fence their last access with {@link
 * #keepAlive}.
 */
public final class StateMemory {

  /** How many norms or scales are looked at at a time. */
  private static final int SIZES = 512;

  private final INDArray view;
  private final RawMemory memory;
  private final WordType words;

  /** Null if the array lies in ordinary memory. */
  private final ChunkWalk walk;

  /** Null until they are looked at. */
  private float[] sizes;

  /** Made once: headers are read at every step. */
  private final IntToDoubleFunction header = this::headerWord;

  private StateLayout layout;

  /**
   * Makes a state array accessible.
   *
   * @param view contiguous array of any shape, all of it state
   * @throws IllegalArgumentException if the array is not FLOAT, DOUBLE or HALF, or not contiguous
   */
  public StateMemory(INDArray view) {
    this.words = WordType.of(view.dataType(), "state array");
    if (!GradientView.isContiguous(view)) {
      throw new IllegalArgumentException(
          String.format(
              "The state array has shape %s and strides %s; it must be contiguous in 'c' order.",
              Arrays.toString(view.shape()), Arrays.toString(view.stride())));
    }
    int least = StateLayout.HEADER_WORDS;
    if (view.length() < least) {
      throw new IllegalArgumentException(
          String.format(
              "The state array has %d words; the smallest state has more than %d. Size it by stateSize(parameters).",
              view.length(), least));
    }
    this.view = view;
    this.memory = new RawMemory(view, view.length() * words.bytes());
    Pages pages = Pages.of(view);
    this.walk = pages == null ? null : new ChunkWalk(pages, memory.address());
  }

  /**
   * The same state for another thread: an object of this class has places at which it reads and
   * writes, and a layout.
   *
   * @return one that shares the array only
   */
  public StateMemory another() {
    StateMemory other = new StateMemory(view);
    other.layout = layout;
    return other;
  }

  /** The array. */
  public INDArray view() {
    return view;
  }

  /**
   * The array's word type.
   *
   * @return FLOAT, DOUBLE or HALF
   */
  public WordType words() {
    return words;
  }

  /**
   * Size of the array.
   *
   * @return bytes
   */
  public long bytes() {
    return memory.bytes();
  }

  /** Where the array lies, for native code; see {@link #keepAlive}. */
  public long address() {
    return memory.address();
  }

  /**
   * The layout in force.
   *
   * @return what {@link #layout(StateLayout)} set last, or null
   */
  public StateLayout layout() {
    return layout;
  }

  /** Sets the layout by which the other methods find things. */
  public void layout(StateLayout layout) {
    this.layout = layout;
  }

  /**
   * Calls a function that reads on all quantization blocks: at once if the array lies in ordinary
   * memory, else by and by, so that no more than a chunk of the array need be resident.
   */
  public long sumOverBlocks(BlockFunction function) {
    return walk == null ? overAll(function) : walk.sumOverBlocks(layout, false, function);
  }

  /**
   * The same with a function that writes the blocks.
   *
   * @throws IllegalStateException if the array is paged, and the disk fails
   */
  public long rewriteBlocks(BlockFunction function) {
    return walk == null ? overAll(function) : walk.sumOverBlocks(layout, true, function);
  }

  private long overAll(BlockFunction function) {
    return function.apply(new BlockRange(0, layout.blocks()));
  }

  /** The words of the header. */
  IntToDoubleFunction header() {
    return header;
  }

  /** Reads a word of the header. */
  public double headerWord(int index) {
    return words.get(memory.at((long) index * words.bytes()));
  }

  /**
   * Writes a word of the header.
   *
   * @param value exact in the word type
   */
  public void headerWord(int index, double value) {
    words.put(memory.at((long) index * words.bytes()), value);
  }

  /**
   * Copies the header.
   *
   * @param header receives its bytes, 8 at a time
   */
  void readHeader(long[] header) {
    ByteBuffer b = memory.at(0);
    for (int i = 0; i < header.length; i++) {
      header[i] = b.getLong();
    }
  }

  /** Whether the header's bytes are these. */
  boolean hasHeader(long[] header) {
    ByteBuffer b = memory.at(0);
    long differs = 0;
    for (long word : header) {
      differs |= word ^ b.getLong();
    }
    return differs == 0;
  }

  /**
   * Looks for a gradient norm or a scale that no step writes.
   *
   * @return the index of one that is not finite, or negative, among the layout's {@link
   *     StateLayout#sizes}; -1 if there is none
   */
  long findBadSize() {
    long from = layout.normsOffset();
    long to = from + layout.sizes() * Float.BYTES;
    boolean good =
        walk == null
            ? areSizesGood(from, to)
            : walk.allPieces(from, to, at -> areSizesGood(at, Math.min(to, at + walk.piece())));
    long index = 0;
    while (!good && isGood(size(index))) {
      index++;
    }
    return good ? -1 : index;
  }

  /** One of the layout's {@link StateLayout#sizes}. */
  float size(long index) {
    return words.getPacked(memory.at(layout.normsOffset() + index * Float.BYTES));
  }

  private boolean areSizesGood(long from, long to) {
    if (sizes == null) {
      sizes = new float[SIZES];
    }
    for (long at = from; at < to; at += SIZES * Float.BYTES) {
      int n = (int) Math.min(SIZES, (to - at) / Float.BYTES);
      words.loadPacked(memory, at, n, sizes);
      for (int i = 0; i < n; i++) {
        if (!isGood(sizes[i])) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isGood(float size) {
    return size >= 0 && size <= Float.MAX_VALUE;
  }

  /** Reads a scale. */
  public float scale(int moment, long block) {
    return words.getPacked(memory.at(layout.scaleOffset(moment, block)));
  }

  /**
   * Writes a scale.
   *
   * @param scale finite
   * @return the scale as it will be read back: HALF arrays saturate
   */
  public float scale(int moment, long block, float scale) {
    long offset = layout.scaleOffset(moment, block);
    words.putPacked(memory.at(offset), scale);
    return words.getPacked(memory.at(offset));
  }

  /**
   * Reads the codes of a block.
   *
   * @param codes receives them, one a byte
   */
  public void readCodes(int moment, long block, byte[] codes) {
    ByteBuffer from = memory.at(blockOffset(moment, block));
    int n = layout.blockLength(block);
    if (layout.bits() == 4) {
      Nibbles.unpack(from, codes, n);
    } else {
      from.get(codes, 0, n);
    }
  }

  /**
   * Writes the codes of a block.
   *
   * @param codes one a byte
   */
  public void writeCodes(int moment, long block, byte[] codes) {
    ByteBuffer to = memory.at(blockOffset(moment, block));
    int n = layout.blockLength(block);
    if (layout.bits() == 4) {
      Nibbles.pack(codes, n, to);
    } else {
      to.put(codes, 0, n);
    }
  }

  /** Whether codes have one that no step writes, as it could make a word a NaN or an infinity. */
  public boolean hasReserved(byte[] codes, int n) {
    return layout.bits() == 4 ? words.hasReserved4(codes, n) : words.hasReserved(codes, n);
  }

  /**
   * A copy of the codes of a moment.
   *
   * @return one byte per element
   */
  public byte[] copyOfCodes(int moment) {
    byte[] all = new byte[Math.toIntExact(layout.elements())];
    byte[] block = new byte[layout.blockSize()];
    for (long b = 0; b < layout.blocks(); b++) {
      readCodes(moment, b, block);
      System.arraycopy(block, 0, all, (int) (b * block.length), layout.blockLength(b));
    }
    return all;
  }

  /** Reads a block of 32-bit state. */
  public void readValues(int moment, long block, float[] values) {
    words.loadPacked(memory, blockOffset(moment, block), layout.blockLength(block), values);
  }

  /**
   * Writes a block of 32-bit state.
   *
   * @param values finite; on return as they will be read back: HALF arrays saturate
   */
  public void writeValues(int moment, long block, float[] values) {
    words.storePacked(memory, blockOffset(moment, block), layout.blockLength(block), values);
  }

  /**
   * Reads the gradient norms of percentile clipping.
   *
   * @param norms receives {@link StateLayout#norms()} numbers
   */
  public void readNorms(float[] norms) {
    words.loadPacked(memory, layout.normsOffset(), norms.length, norms);
  }

  /**
   * Writes the gradient norms of percentile clipping.
   *
   * @param norms finite; on return as they will be read back: HALF arrays saturate
   */
  public void writeNorms(float[] norms) {
    words.storePacked(memory, layout.normsOffset(), norms.length, norms);
  }

  /**
   * Whether all bytes of a range are zero.
   *
   * @param to behind the last byte
   */
  public boolean isZero(long from, long to) {
    return walk == null
        ? isPieceZero(from, to)
        : walk.allPieces(from, to, at -> isPieceZero(at, Math.min(to, at + walk.piece())));
  }

  private boolean isPieceZero(long from, long to) {
    for (long at = from; at < to; ) {
      ByteBuffer b = memory.at(at);
      int n = (int) Math.min(b.remaining(), to - at);
      int i = 0;
      for (; i + Long.BYTES <= n; i += Long.BYTES) {
        if (b.getLong() != 0) {
          return false;
        }
      }
      for (; i < n; i++) {
        if (b.get() != 0) {
          return false;
        }
      }
      at += n;
    }
    return true;
  }

  /** Keeps ND4J from freeing the array before this point. */
  public void keepAlive() {
    Reference.reachabilityFence(view);
  }

  private long blockOffset(int moment, long block) {
    return layout.valueOffset(moment, block * layout.blockSize());
  }

  /** What is done with blocks. */
  @FunctionalInterface
  public interface BlockFunction {

    /** Does it. */
    long apply(BlockRange blocks);
  }
}
