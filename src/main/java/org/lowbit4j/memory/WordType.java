package org.lowbit4j.memory;

import java.nio.ByteBuffer;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The data type of a state or gradient array: how its words hold numbers, and how a float32 is put
 * into them so that no word is a NaN or an infinity.
 */
public enum WordType {
  /** 4-byte words. */
  FLOAT(1, 4, DataType.FLOAT, Float.MIN_VALUE, Float.MAX_VALUE) {
    @Override
    public double get(ByteBuffer b) {
      return b.getFloat();
    }

    @Override
    public void put(ByteBuffer b, double value) {
      b.putFloat((float) value);
    }

    @Override
    public void load(RawMemory memory, long offset, int n, float[] out) {
      memory.floatsAt(offset).get(out, 0, n);
    }

    @Override
    public void store(RawMemory memory, long offset, int n, float[] values) {
      memory.floatsAt(offset).put(values, 0, n);
    }
  },

  /** 8-byte words. */
  DOUBLE(2, 8, DataType.DOUBLE, Double.MIN_VALUE, Double.MAX_VALUE) {
    @Override
    public double get(ByteBuffer b) {
      return b.getDouble();
    }

    @Override
    public void put(ByteBuffer b, double value) {
      b.putDouble(value);
    }
  },

  /** 2-byte words. */
  HALF(3, 2, DataType.FLOAT16, 0x1p-24, 65504) {
    @Override
    public double get(ByteBuffer b) {
      return HalfFloat.toFloat(b.getShort());
    }

    @Override
    public void put(ByteBuffer b, double value) {
      float finite = (float) Math.max(-largest(), Math.min(largest(), value));
      b.putShort(HalfFloat.fromFloat(finite));
    }

    @Override
    public float getPacked(ByteBuffer b) {
      return HalfPair.unpack(b.getInt());
    }

    @Override
    public void putPacked(ByteBuffer b, float value) {
      b.putInt(HalfPair.pack(value));
    }

    @Override
    public void loadPacked(RawMemory memory, long offset, int n, float[] out) {
      ByteBuffer b = memory.at(offset);
      for (int i = 0; i < n; i++) {
        out[i] = getPacked(b);
      }
    }

    @Override
    public void storePacked(RawMemory memory, long offset, int n, float[] values) {
      ByteBuffer b = memory.at(offset);
      for (int i = 0; i < n; i++) {
        putPacked(b, values[i]);
      }
      loadPacked(memory, offset, n, values);
    }
  };

  private final int id;
  private final int bytes;
  private final DataType dataType;
  private final double smallest;
  private final double largest;

  WordType(int id, int bytes, DataType dataType, double smallest, double largest) {
    this.id = id;
    this.bytes = bytes;
    this.dataType = dataType;
    this.smallest = smallest;
    this.largest = largest;
  }

  /**
   * The type of an array.
   *
   * @param what what the array is, for the message
   * @throws IllegalArgumentException unless the type is FLOAT, DOUBLE or HALF
   */
  public static WordType of(DataType type, String what) {
    for (WordType w : values()) {
      if (w.dataType == type) {
        return w;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            "The %s has data type %s; 8-bit optimizers work on FLOAT, DOUBLE or HALF arrays. Cast it, or set the network's"
                + " dataType.",
            what, type));
  }

  /**
   * The type's number in the state header; part of the state format.
   *
   * @return 1..3
   */
  public int id() {
    return id;
  }

  /**
   * Size of a word.
   *
   * @return bytes
   */
  public int bytes() {
    return bytes;
  }

  /**
   * The ND4J data type.
   *
   * @return FLOAT, DOUBLE or HALF
   */
  public DataType dataType() {
    return dataType;
  }

  /** The smallest positive number of the type. */
  public double smallest() {
    return smallest;
  }

  /** The largest number of the type. */
  public double largest() {
    return largest;
  }

  /**
   * Reads a word as a number.
   *
   * @param b positioned at the word; advanced
   */
  public abstract double get(ByteBuffer b);

  /**
   * Writes a number as a word.
   *
   * @param b positioned at the word; advanced
   * @param value rounded to the type; HALF saturates at its largest finite value
   */
  public abstract void put(ByteBuffer b, double value);

  /**
   * Whether bytes have one that codebooks leave out, as it could make a word a NaN or an infinity.
   *
   * @param codes the bytes
   * @param n how many, from index 0
   * @return true if some byte is 0x7F or 0xFF, for HALF one from 0x7C or 0xFC on
   */
  public boolean hasReserved(byte[] codes, int n) {
    int mask = this == HALF ? 0x7C : 0x7F;
    int carry = 0;
    for (int i = 0; i < n; i++) {
      carry |= (codes[i] & mask) + (0x80 - mask);
    }
    return (carry & 0x80) != 0;
  }

  /**
   * The same of codes of 4 bits.
   *
   * @param codes one a byte
   * @param n how many, from index 0
   * @return true if some code is 0xF or more, for HALF one whose lower three bits are ones, too
   */
  public boolean hasReserved4(byte[] codes, int n) {
    int mask = this == HALF ? 7 : 0xF;
    int carry = 0;
    for (int i = 0; i < n; i++) {
      carry |= (codes[i] & mask) + 1 & mask + 1 | codes[i] & 0xF0;
    }
    return carry != 0;
  }

  /**
   * Reads a float32 that {@link #putPacked} wrote.
   *
   * @param b positioned at its 4 bytes; advanced
   */
  public float getPacked(ByteBuffer b) {
    return b.getFloat();
  }

  /**
   * Writes a finite float32 into 4 bytes such that no word of this type becomes a NaN or an
   * infinity.
   *
   * @param b positioned at the 4 bytes; advanced
   * @param value finite; HALF words saturate magnitudes from 2^113
   */
  public void putPacked(ByteBuffer b, float value) {
    b.putFloat(value);
  }

  /**
   * Reads consecutive words as float32.
   *
   * @param offset byte offset of the first word, a multiple of the word size
   * @param out receives the numbers; a double beyond float32's range becomes infinite
   */
  public void load(RawMemory memory, long offset, int n, float[] out) {
    ByteBuffer b = memory.at(offset);
    for (int i = 0; i < n; i++) {
      out[i] = (float) get(b);
    }
  }

  /**
   * Writes float32 numbers as consecutive words.
   *
   * @param offset byte offset of the first word, a multiple of the word size
   * @param values the numbers; HALF saturates at its largest finite value
   */
  public void store(RawMemory memory, long offset, int n, float[] values) {
    ByteBuffer b = memory.at(offset);
    for (int i = 0; i < n; i++) {
      put(b, values[i]);
    }
  }

  /**
   * Reads consecutive floats that {@link #storePacked} wrote.
   *
   * @param offset byte offset of the first, a multiple of 4
   */
  public void loadPacked(RawMemory memory, long offset, int n, float[] out) {
    memory.floatsAt(offset).get(out, 0, n);
  }

  /**
   * Writes consecutive floats, each {@linkplain #putPacked packed} into 4 bytes.
   *
   * @param offset byte offset of the first, a multiple of 4
   * @param values finite; on return as they will be read back, which differs where HALF saturates
   */
  public void storePacked(RawMemory memory, long offset, int n, float[] values) {
    memory.floatsAt(offset).put(values, 0, n);
  }
}
