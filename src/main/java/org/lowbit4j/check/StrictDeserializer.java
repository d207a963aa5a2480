package org.lowbit4j.check;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.databind.BeanDescription;
import org.nd4j.shade.jackson.databind.BeanProperty;
import org.nd4j.shade.jackson.databind.DeserializationContext;
import org.nd4j.shade.jackson.databind.JavaType;
import org.nd4j.shade.jackson.databind.JsonDeserializer;
import org.nd4j.shade.jackson.databind.JsonMappingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.deser.BeanDeserializerBase;
import org.nd4j.shade.jackson.databind.deser.ContextualDeserializer;
import org.nd4j.shade.jackson.databind.deser.SettableBeanProperty;
import org.nd4j.shade.jackson.databind.exc.ValueInstantiationException;
import org.nd4j.shade.jackson.databind.util.ClassUtil;
import org.nd4j.shade.jackson.databind.util.TokenBuffer;

/**
 * Reads an object from JSON or YAML, and takes from there what a setter would take and nothing
 * else. DL4J's mappers turn null, or no text, into 0, cut fractions off, take the number of an enum
 * constant for its name, and ignore properties that they do not know.
 *
 * <p>A property that is not given has its default, as in files of versions that did not have it,
 * unless it is marked as required. Whether objects, texts and constants may be null is left to
 * {@link #check}.
 */
public class StrictDeserializer extends JsonDeserializer<Object> implements ContextualDeserializer {

  /** For Jackson. */
  public StrictDeserializer() {}

  /**
   * Checks the finished object.
   *
   * @param made of the class that this deserializer was given to
   * @throws IllegalArgumentException naming the first property out of range
   */
  protected void check(Object made) {}

  @Override
  public JsonDeserializer<?> createContextual(DeserializationContext context, BeanProperty property)
      throws JsonMappingException {
    JavaType type = context.getContextualType();
    BeanDescription description = context.getConfig().introspect(type);
    // By the factory, which does not ask again who reads this class.
    BeanDeserializerBase fields =
        (BeanDeserializerBase)
            context.getFactory().createBeanDeserializer(context, type, description);
    fields.resolve(context);
    Set<String> ignored =
        context
            .getConfig()
            .getDefaultPropertyIgnorals(type.getRawClass(), description.getClassInfo())
            .findIgnoredForDeserialization();
    return new OfType(type, fields, ignored);
  }

  @Override
  public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    return context.reportInputMismatch(this, "The class to be read is not known.");
  }

  /** Reads one class. */
  private final class OfType extends JsonDeserializer<Object> {

    private final JavaType type;
    private final BeanDeserializerBase fields;
    private final Map<String, SettableBeanProperty> properties = new TreeMap<>();
    private final Set<String> ignored;
    private final Set<String> required = new TreeSet<>();

    OfType(JavaType type, BeanDeserializerBase fields, Set<String> ignored) {
      this.ignored = ignored;
      this.type = type;
      this.fields = fields;
      fields.properties().forEachRemaining(p -> properties.put(p.getName(), p));
      properties.values().stream()
          .filter(SettableBeanProperty::isRequired)
          .forEach(p -> required.add(p.getName()));
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      try (TokenBuffer buffer = checked(parser, context);
          JsonParser checked = buffer.asParser(parser)) {
        checked.nextToken();
        Object made = fields.deserialize(checked, context);
        check(made);
        return made;
      } catch (IllegalArgumentException e) {
        throw refusal(parser, e);
      } catch (ValueInstantiationException e) {
        throw e.getCause() instanceof IllegalArgumentException ? refusal(parser, e.getCause()) : e;
      }
    }

    private JsonMappingException refusal(JsonParser parser, Throwable cause) {
      return JsonMappingException.from(
          parser, type.getRawClass().getSimpleName() + ": " + cause.getMessage(), cause);
    }

    /** A tree would not do: YAML's have no place for the classes of objects within. */
    private TokenBuffer checked(JsonParser parser, DeserializationContext context)
        throws IOException {
      Set<String> missing = new TreeSet<>(required);
      TokenBuffer checked = context.bufferForInputBuffering(parser);
      checked.writeStartObject();
      if (parser.hasToken(JsonToken.START_OBJECT)) {
        parser.nextToken();
      }
      for (; parser.hasToken(JsonToken.FIELD_NAME); parser.nextToken()) {
        String name = parser.currentName();
        if (ignored.contains(name)) {
          parser.nextToken();
          parser.skipChildren();
          continue;
        }
        Class<?> propertyType = propertyType(name);
        missing.remove(name);
        checked.writeFieldName(name);
        parser.nextToken();
        if (isScalar(propertyType)) {
          write(name, propertyType, context.readTree(parser), checked);
        } else if (ISchedule.class.isAssignableFrom(propertyType)) {
          copySchedule(name, parser, checked);
        } else {
          checked.copyCurrentStructure(parser);
        }
      }
      checked.writeEndObject();
      Check.that(missing.isEmpty(), missing.toString(), "missing", "given");
      return checked;
    }

    private Class<?> propertyType(String name) {
      SettableBeanProperty property = properties.get(name);
      if (property == null) {
        throw new IllegalArgumentException(
            String.format(
                "%s is no property that this version of lowbit4j has: misspelled, or written by a newer version."
                    + " Properties are %s.",
                name, properties.keySet()));
      }
      return property.getType().getRawClass();
    }
  }

  /** ND4J's classes, which take null, and no text, for 0. */
  private static void copySchedule(String name, JsonParser parser, TokenBuffer to)
      throws IOException {
    int depth = 0;
    while (true) {
      JsonToken token = parser.currentToken();
      boolean none =
          token == JsonToken.VALUE_NULL
              || token == JsonToken.VALUE_STRING && parser.getText().isEmpty();
      if (depth > 0 && none) {
        Check.notNull(name + "." + parser.currentName(), null);
      }
      to.copyCurrentEvent(parser);
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (depth == 0) {
        return;
      }
      parser.nextToken();
    }
  }

  private static boolean isScalar(Class<?> type) {
    return ClassUtil.primitiveType(type) != null || type.isEnum() || type == String.class;
  }

  /** Writes the value of a property as its type has it. */
  private static void write(String name, Class<?> type, JsonNode given, TokenBuffer to)
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
