package org.lowbit4j.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Golden vectors of 8-bit block-wise quantization by bitsandbytes' 256-entry maps: input, scales
 * and the codes that exact arithmetic gives. The format is in the README beside them.
 */
final class Golden {

  final boolean signed;
  final int blockSize;
  final float[] input;
  final float[] scales;

  /** Nearest entry of the ascending 256-entry map, ties to the lower index. */
  final byte[] exact;

  /** Where two entries are equally near. */
  final boolean[] tie;

  private Golden(ByteBuffer b) {
    byte[] magic = new byte[8];
    b.get(magic);
    if (!new String(magic, StandardCharsets.US_ASCII).equals("BNBQ8G2\0")) {
      throw new IllegalArgumentException("Not a file of golden codes");
    }
    signed = b.getInt() == 1;
    blockSize = b.getInt();
    input = new float[b.getInt()];
    scales = new float[b.getInt()];
    b.asFloatBuffer().get(input).get(scales);
    b.position(b.position() + (input.length + scales.length) * Float.BYTES);
    exact = new byte[input.length];
    b.get(exact);
    tie = new boolean[input.length];
    for (int i = 0; i < tie.length; i++) {
      tie[i] = b.get() == 1;
    }
  }

  static Golden read(String name) {
    return new Golden(ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** The values in a table of index or stored byte, decimal value and bits. */
  static float[] map(String name) {
    String[] lines = new String(bytes(name), StandardCharsets.US_ASCII).split("\r?\n");
    float[] values = new float[256];
    for (int line = 1; line <= 256; line++) {
      String[] columns = lines[line].split(",");
      values[Integer.parseInt(columns[0])] =
          Float.intBitsToFloat(Integer.parseUnsignedInt(columns[2], 16));
    }
    return values;
  }

  private static byte[] bytes(String name) {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
