package org.lowbit4j.dl4j;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Damage that a checksum does not show: what a hostile, edited or foreign file may hold. */
final class Mutations {

  private static final long[] LENGTHS = {
    0,
    1,
    -1,
    2,
    7,
    99,
    102,
    1L << 20,
    Integer.MAX_VALUE,
    1L << 31,
    1L << 40,
    Long.MIN_VALUE,
    Long.MAX_VALUE
  };

  private static final String[] VALUES = {
    "null",
    "{}",
    "[]",
    "\"\"",
    "\"NaN\"",
    "-1",
    "0",
    "1e300",
    "1000000000",
    "256.7",
    "true",
    "\"x\"",
    "[null]",
    "[{}]",
    "{\"a\":1}",
    "9999999999999999999999"
  };

  private Mutations() {}

  /** Changes one or two places of a JSON text. */
  static byte[] json(byte[] json, Random random) {
    String text = new String(json, StandardCharsets.UTF_8);
    for (int i = 0; i <= random.nextInt(2); i++) {
      text = random.nextInt(4) == 0 ? spanMoved(text, random) : valueReplaced(text, random);
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String valueReplaced(String text, Random random) {
    int colon = text.indexOf(" : ", random.nextInt(text.length()));
    if (colon < 0) {
      return text + "}";
    }
    if (random.nextInt(8) == 0) {
      return text.substring(0, colon - 2) + "q" + text.substring(colon - 1);
    }
    int from = colon + 3;
    int to = end(text, from);
    String value = VALUES[random.nextInt(VALUES.length)];
    return text.substring(0, from) + value + text.substring(to);
  }

  /** The end of the value that begins there. */
  private static int end(String text, int from) {
    int depth = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (depth == 0 && (c == ',' || c == '\n' || c == '}' || c == ']')) {
        return i;
      }
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      if (depth == 0 && (c == '}' || c == ']')) {
        return i + 1;
      }
    }
    return text.length();
  }

  private static String spanMoved(String text, Random random) {
    int from = random.nextInt(text.length());
    int to = Math.min(text.length(), from + 1 + random.nextInt(40));
    int target = random.nextInt(from + 1);
    return random.nextBoolean()
        ? text.substring(0, from) + text.substring(to)
        : text.substring(0, target) + text.substring(from, to) + text.substring(target);
  }

  /** Changes the header of an array that Nd4j.write wrote, or the number of its bytes. */
  static byte[] array(byte[] array, Random random) {
    byte[] changed = array.clone();
    int header = Math.min(array.length - 8, 130);
    switch (random.nextInt(6)) {
      case 0:
        return Arrays.copyOf(changed, random.nextInt(array.length));
      case 1:
        return Arrays.copyOf(changed, array.length + 1 + random.nextInt(64));
      case 2:
        changed[random.nextInt(header)] ^= (byte) (1 << random.nextInt(8));
        return changed;
      case 3:
        String[] types = {"DOUBLE", "HALF", "LONG", "UTF8", "COMPRESSED", "BFLOAT16", "DIRECT"};
        byte[] type = types[random.nextInt(types.length)].getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(type, 0, changed, random.nextInt(header), type.length);
        return changed;
      default:
        // The numbers of the shape lie behind two names: 2+16, 8 and 2+4 bytes.
        int at = random.nextBoolean() ? 32 + 8 * random.nextInt(10) : random.nextInt(header);
        long value = LENGTHS[random.nextInt(LENGTHS.length)];
        ByteBuffer.wrap(changed).putLong(Math.min(at, array.length - 8), value);
        return changed;
    }
  }
}
