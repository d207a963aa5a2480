package org.lowbit4j.compatibility;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The files of version 1, and the numbers that are computed rather than stored. */
final class Recorded {

  static final String FOLDER = "/compatibility/v1/";

  /** Steps that follow after a network was saved. */
  static final int STEPS = 5;

  private static final int HASH_CHARACTERS = 32;

  /** Where a header counts steps, in two words. */
  private static final int STEPS_AT = 22;

  private static final int HALF_BITS = 11;
  private static final int FLOAT_BITS = 24;

  private Recorded() {}

  /**
   * Numbers of ten magnitudes below 1, some of them 0, with as many bits as the type holds exactly
   * (DOUBLE: as FLOAT), so that they are the same on every machine.
   */
  static float[] numbers(String of, int step, DataType type, int n) {
    SplittableRandom random = new SplittableRandom(31L * of.hashCode() + step);
    int bits = type == DataType.FLOAT16 ? HALF_BITS : FLOAT_BITS;
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      int digits = random.nextInt((2 << bits) + 1) - (1 << bits);
      x[i] = random.nextInt(100) == 0 ? 0 : Math.scalb((float) digits, -bits - random.nextInt(10));
    }
    return x;
  }

  static INDArray array(String of, int step, DataType type, long... shape) {
    int n = 1;
    for (long length : shape) {
      n = Math.toIntExact(n * length);
    }
    return Nd4j.createFromArray(numbers(of, step, type, n)).castTo(type).reshape(shape);
  }

  /** The first 128 bits of the SHA-256 of bytes, in hexadecimal. */
  static String hash(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      StringBuilder hex = new StringBuilder();
      for (byte b : digest.digest()) {
        hex.append(String.format("%02x", b));
      }
      return hex.substring(0, HASH_CHARACTERS);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }

  static String hash(INDArray array) {
    return hash(bytes(array));
  }

  /** The bytes of a contiguous array, as they lie in memory. */
  static byte[] bytes(INDArray array) {
    byte[] bytes = new byte[Math.toIntExact(array.length() * array.dataType().width())];
    memory(array, bytes.length).get(bytes);
    Reference.reachabilityFence(array);
    return bytes;
  }

  /**
   * The bytes of a state without the count of steps in its headers, which the builds that were
   * recorded left at zero.
   */
  static byte[] uncounted(INDArray state) {
    INDArray copy = state.dup().reshape(state.length());
    for (long i = 0; i + STEPS_AT + 1 < copy.length(); i++) {
      if (copy.getDouble(i) == 1217 && copy.getDouble(i + 1) == 1846) {
        copy.putScalar(i + STEPS_AT, 0);
        copy.putScalar(i + STEPS_AT + 1, 0);
      }
    }
    return bytes(copy);
  }

  /** A vector whose bytes these are. */
  static INDArray ofBytes(byte[] bytes, DataType type) {
    INDArray array = Nd4j.zeros(type, bytes.length / type.width());
    memory(array, bytes.length).put(bytes);
    Reference.reachabilityFence(array);
    return array;
  }

  private static BytePointer memory(INDArray array, long bytes) {
    return new BytePointer(array.data().addressPointer()).capacity(bytes);
  }

  static InputStream open(String file) {
    InputStream in = Recorded.class.getResourceAsStream(FOLDER + file);
    if (in == null) {
      throw new IllegalStateException("There is no test resource " + FOLDER + file + ".");
    }
    return in;
  }

  /** A file, gunzipped if its name says that it must be. */
  static InputStream unzipped(String file) throws IOException {
    return file.endsWith(".gz") ? new GZIPInputStream(open(file)) : open(file);
  }

  static byte[] read(String file) {
    try (InputStream in = unzipped(file)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows of a table, its heading left out. */
  static List<String[]> table(String file) {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(unzipped(file), StandardCharsets.UTF_8))) {
      return in.lines().skip(1).map(line -> line.split(",")).collect(Collectors.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
