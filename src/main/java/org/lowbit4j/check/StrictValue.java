package org.lowbit4j.check;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.nd4j.shade.jackson.core.JsonGenerator;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.util.ClassUtil;

/** Numbers, constants and texts of JSON, taken as a setter would take them. */
final class StrictValue {

  private StrictValue() {}

  static boolean isScalar(Class<?> type) {
    return ClassUtil.primitiveType(type) != null || type.isEnum() || type == String.class;
  }

  /** Writes the value of a property as its type has it. */
  static void write(String name, Class<?> type, JsonNode given, JsonGenerator to)
      throws IOException {
    if (given.isNull() && !type.isPrimitive()) {
      to.writeNull();
      return;
    }
    String text = given.asText();
    Class<?> kind = ClassUtil.primitiveType(type);
    if (kind == double.class || kind == float.class) {
      Double number = toDouble(given);
      Check.that(number != null, name, given, "a number");
      to.writeNumber(number);
    } else if (kind == int.class || kind == long.class) {
      Long number = toLong(given);
      boolean fits = number != null && (kind == long.class || number.intValue() == number);
      Check.that(fits, name, given, "a whole number of Java's type " + kind);
      to.writeNumber(number);
    } else if (kind == boolean.class) {
      Check.that(text.equals("true") || text.equals("false"), name, given, "true or false");
      to.writeBoolean(Boolean.parseBoolean(text));
    } else if (type.isEnum()) {
      List<String> constants =
          Arrays.stream(type.getEnumConstants())
              .map(constant -> ((Enum<?>) constant).name())
              .collect(Collectors.toList());
      boolean known = given.isTextual() && constants.contains(text);
      Check.that(known, name, given, "one of " + constants);
      to.writeString(text);
    } else {
      Check.that(given.isTextual(), name, given, "a text");
      to.writeString(text);
    }
  }

  /** Null if it is none. Numbers that are not finite are texts, in YAML others, too. */
  private static Double toDouble(JsonNode given) {
    if (given.isNumber()) {
      return given.doubleValue();
    }
    try {
      return given.isTextual() ? Double.valueOf(given.textValue()) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Null if it is none, or is not whole. */
  private static Long toLong(JsonNode given) {
    try {
      return given.isNumber() || given.isTextual()
          ? new BigDecimal(given.asText()).longValueExact()
          : null;
    } catch (NumberFormatException e) {
      return null;
    } catch (ArithmeticException e) {
      return null;
    }
  }
}
