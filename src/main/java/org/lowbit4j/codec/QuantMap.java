package org.lowbit4j.codec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.lowbit4j.rule.Moment;

/**
 * The family of codebooks that 8-bit state is stored with.
 *
 * <p>No stored byte may make a word of the state array a NaN or an infinity, because serialization
 * rewrites NaN words. For FLOAT and DOUBLE arrays the bytes 0x7F and 0xFF are therefore left out
 * (254 codes), for HALF arrays all bytes whose bits 2 to 6 are ones (248 codes): the {@code narrow}
 * tables.
 */
public enum QuantMap {
  /**
   * Powers of evenly spaced numbers. First moments: sign and magnitude, 0 for k = 0, {@code
   * ((k+2)/128)^3} for k in 1..126, the 32 lowest encoded with a dither, which keeps the mean, the
   * others to the nearest unless their decay is above 0.95. Second moments: their square root as
   * {@code ((k+2)/256)^2}, k in 1..254; zero is not a code, so a second moment never collapses to 0
   * and updates stay bounded; encoded with a dither, so that slow averages keep their mean.
   * Non-negative moments that are no squares: the same without the root. Narrow: k to 123 over 125,
   * and to 248 over 250. All values of the wide tables are exact in float32.
   */
  POWER(1) {
    @Override
    Codebook create4(Moment.Kind kind, boolean narrow, boolean relative) {
      return kind.isSigned() ? signed4(narrow, relative) : unsigned4(narrow, kind.isSquare());
    }

    @Override
    Codebook create(Moment.Kind kind, boolean narrow) {
      return kind.isSigned() ? signedPower(narrow) : unsignedPower(narrow, kind.isSquare());
    }
  },

  /**
   * The dynamic-exponent map of Dettmers (8-Bit Approximations for Parallelism in Deep Learning,
   * 2016) as bitsandbytes uses it, less two entries: signed for first moments, unsigned and without
   * zero for the others.
   */
  DYNAMIC(2) {
    @Override
    Codebook create(Moment.Kind kind, boolean narrow) {
      String sign = kind.isSigned() ? "signed" : "unsigned";
      return new Codebook(
          readTable("dynamic_" + sign + (narrow ? "_248.csv" : "_254.csv")), false, null);
    }
  };

  private final int id;
  private final Codebook[] codebooks = new Codebook[2 * Moment.Kind.values().length];

  /** In 4 bits; then relative ones. */
  private final Codebook[] codebooks4 = new Codebook[2 * codebooks.length];

  QuantMap(int id) {
    this.id = id;
  }

  /**
   * The family's number in the state header; part of the state format.
   *
   * @return 1 or 2
   */
  public int id() {
    return id;
  }

  /**
   * The codebook for a kind of moment.
   *
   * @param kind what is stored
   * @param narrow true for HALF arrays
   * @return the codebook, made once
   */
  public synchronized Codebook codebook(Moment.Kind kind, boolean narrow) {
    int index = kind.ordinal() * 2 + (narrow ? 1 : 0);
    if (codebooks[index] == null) {
      codebooks[index] = create(kind, narrow);
    }
    return codebooks[index];
  }

  /**
   * The codebooks of a rule's moments.
   *
   * @param moments of a rule, all of them
   * @param narrow true for HALF arrays
   * @param bits 8 or 4
   * @return one for each, made once
   * @throws UnsupportedOperationException if this family has none of so many bits
   */
  public Codebook[] codebooks(List<Moment> moments, boolean narrow, int bits) {
    boolean divides = Moment.divisor(moments) >= 0;
    return moments.stream()
        .map(
            moment ->
                bits == 4
                    ? codebook4(
                        moment.kind(), narrow, divides && moment.kind() == Moment.Kind.FIRST)
                    : codebook(moment.kind(), narrow))
        .toArray(Codebook[]::new);
  }

  private synchronized Codebook codebook4(Moment.Kind kind, boolean narrow, boolean relative) {
    int index = kind.ordinal() * 2 + (narrow ? 1 : 0) + (relative ? codebooks4.length / 2 : 0);
    if (codebooks4[index] == null) {
      codebooks4[index] = create4(kind, narrow, relative);
    }
    return codebooks4[index];
  }

  abstract Codebook create(Moment.Kind kind, boolean narrow);

  /** In 4 bits, which configurations of other families refuse. */
  Codebook create4(Moment.Kind kind, boolean narrow, boolean relative) {
    throw new UnsupportedOperationException(name());
  }

  private static Codebook signed4(boolean narrow, boolean relative) {
    int levels = narrow ? 6 : 7;
    float[] values = nothing();
    for (int k = 0; k <= levels; k++) {
      float t = (float) (k + 1) / (levels + 1);
      float value = k == 0 ? 0 : t * t;
      values[SquareEncoder.code(k, true, true, narrow)] = -value;
      values[SquareEncoder.code(k, false, true, narrow)] = value;
    }
    // No step writes the 0 among the narrow negatives.
    values[8] = narrow ? -0f : values[8];
    return new Codebook(values, 4, false, relative, new SquareEncoder(true, levels + 1, narrow));
  }

  private static Codebook unsigned4(boolean narrow, boolean storesRoot) {
    int levels = narrow ? 14 : 15;
    float[] values = nothing();
    for (int k = 0; k < levels; k++) {
      float t = (float) (k + 2) / (levels + 1);
      values[SquareEncoder.code(k, false, false, narrow)] = t * t;
    }
    return new Codebook(values, 4, storesRoot, false, new SquareEncoder(false, levels + 1, narrow));
  }

  private static float[] nothing() {
    float[] values = new float[256];
    Arrays.fill(values, Float.NaN);
    return values;
  }

  /** Bytes that keep every word finite: see the class comment. */
  static boolean isStorable(int code, boolean narrow) {
    int reserved = narrow ? 0x7C : 0x7F;
    return (code & reserved) != reserved;
  }

  private static Codebook signedPower(boolean narrow) {
    int levels = narrow ? 123 : 126;
    float[] values = new float[256];
    for (int code = 0; code < 256; code++) {
      float t = spaced(code & 0x7F, levels);
      float magnitude = (code & 0x7F) == 0 ? 0 : t * t * t;
      values[code] = !isStorable(code, narrow) ? Float.NaN : code < 0x80 ? magnitude : -magnitude;
    }
    return new Codebook(values, false, new PowerEncoder(true, levels + 2));
  }

  private static Codebook unsignedPower(boolean narrow, boolean storesRoot) {
    int levels = narrow ? 248 : 254;
    float[] values = new float[256];
    int k = 0;
    for (int code = 0; code < 256; code++) {
      float t = isStorable(code, narrow) ? spaced(++k, levels) : Float.NaN;
      values[code] = t * t;
    }
    return new Codebook(values, storesRoot, new PowerEncoder(false, levels + 2));
  }

  /**
   * Evenly spaced numbers up to 1. Starting at 3/(levels+2) keeps the ratio of the lowest
   * neighbours below 2.
   */
  private static float spaced(int k, int levels) {
    return (float) (k + 2) / (levels + 2);
  }

  private static float[] readTable(String resource) {
    float[] values = new float[256];
    try (InputStream in = QuantMap.class.getResourceAsStream(resource);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      lines.readLine();
      for (int code = 0; code < 256; code++) {
        String[] columns = lines.readLine().split(",");
        values[Integer.parseInt(columns[0])] =
            Float.intBitsToFloat(Integer.parseUnsignedInt(columns[2], 16));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the codebook " + resource, e);
    }
    return values;
  }
}
