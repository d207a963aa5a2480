package org.lowbit4j.dl4j;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StreamCorruptedException;
import java.io.UTFDataFormatException;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What {@code Nd4j.write} puts before the words of an array. {@code Nd4j.read} believes all of it:
 * strides that lead elsewhere, or fewer words than the shape has, and the JVM dies of it later.
 */
public final class ArrayHeader {

  private static final String FORMAT = "MIXED_DATA_TYPES";

  /** Rank, shape, strides, options, element stride and order, for the largest rank, 32. */
  private static final long LARGEST = 2 * 32 + 4;

  private final DataType type;
  private final long[] shape;
  private final char order;
  private final int bytes;

  private ArrayHeader(long[] info, long words, String name, String found)
      throws StreamCorruptedException {
    int rank = (info.length - 4) / 2;
    shape = Arrays.copyOfRange(info, 1, 1 + rank);
    long[] strides = Arrays.copyOfRange(info, 1 + rank, 1 + 2 * rank);
    order = (char) info[info.length - 1];
    type = floatingPoint(name);
    if (type == null || !found.equals(this.toString())) {
      throw new StreamCorruptedException(found);
    }
    if (info[0] != rank || !isVector(shape, strides, words) || (order != 'c' && order != 'f')) {
      throw new StreamCorruptedException(
          String.format(
              "%s of shape %s, strides %s and %d words, which is no vector",
              found, Arrays.toString(shape), Arrays.toString(strides), words));
    }
    // Two names of formats and types, each behind its length; two lengths; the shape.
    int names = 2 * FORMAT.length() + "LONG".length() + name.length() + 4 * Short.BYTES;
    bytes = names + (2 + info.length) * Long.BYTES;
  }

  /**
   * Reads the header of a vector.
   *
   * @param in left before its first word
   * @throws StreamCorruptedException saying what was found in the place of one
   * @throws IOException if the stream fails
   */
  static ArrayHeader read(DataInputStream in) throws IOException {
    String found = "no array";
    try {
      String format = in.readUTF();
      long longs = in.readLong();
      found = format + " " + in.readUTF();
      if (!found.equals(FORMAT + " LONG") || longs < 4 || longs > LARGEST || longs % 2 != 0) {
        throw new StreamCorruptedException(found + " of length " + longs);
      }
      long[] info = new long[(int) longs];
      for (int i = 0; i < info.length; i++) {
        info[i] = in.readLong();
      }
      String wordsFormat = in.readUTF();
      long words = in.readLong();
      String name = in.readUTF();
      found = wordsFormat + " " + name;
      return new ArrayHeader(info, words, name, found);
    } catch (EOFException | UTFDataFormatException e) {
      StreamCorruptedException corrupted = new StreamCorruptedException(found);
      corrupted.initCause(e);
      throw corrupted;
    }
  }

  private static DataType floatingPoint(String name) {
    return Arrays.stream(DataType.values())
        .filter(type -> type.isFPType() && type.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  /** Whether one dimension has all the words, one next to the other. */
  private static boolean isVector(long[] shape, long[] strides, long words) {
    long product = 1;
    boolean adjacent = true;
    for (int i = 0; i < shape.length; i++) {
      product = shape[i] == 1 ? product : product == 1 ? shape[i] : -1;
      adjacent &= shape[i] == 1 || strides[i] == 1;
    }
    return words >= 1 && product == words && adjacent;
  }

  /** The data type of the array. */
  public DataType type() {
    return type;
  }

  /** The number of words. */
  public long length() {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  /** Where the words begin: the bytes of the header. */
  public int bytes() {
    return bytes;
  }

  /** The bytes of header and words. */
  long size() {
    return bytes + length() * type.width();
  }

  /** The header anew: of the file's nothing is used but what was checked. */
  InputStream written() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    Nd4j.getShapeInfoProvider().createShapeInformation(shape, order, type).getFirst().write(out);
    out.writeUTF(FORMAT);
    out.writeLong(length());
    out.writeUTF(type.name());
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  /** How an array of a type is called here; null for any type. */
  static String name(DataType type) {
    return FORMAT + " " + (type == null ? "FLOAT, DOUBLE or HALF" : type);
  }

  @Override
  public String toString() {
    return name(type);
  }
}
