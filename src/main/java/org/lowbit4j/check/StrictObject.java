package org.lowbit4j.check;

import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.databind.BeanDescription;
import org.nd4j.shade.jackson.databind.DeserializationContext;
import org.nd4j.shade.jackson.databind.JavaType;
import org.nd4j.shade.jackson.databind.JsonDeserializer;
import org.nd4j.shade.jackson.databind.JsonMappingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.deser.BeanDeserializerBase;
import org.nd4j.shade.jackson.databind.deser.CreatorProperty;
import org.nd4j.shade.jackson.databind.deser.SettableBeanProperty;
import org.nd4j.shade.jackson.databind.util.TokenBuffer;

/**
 * The properties that a class has in JSON: each of its own kind, and no others. In a schedule of
 * ND4J's, which would take 0 for what is missing, null or misspelled, none may be; users' own
 * schedules read what they like.
 */
final class StrictObject {

  /** The property of ND4J's JSON that names an object's class, which YAML has no property for. */
  private static final String CLASS = "@class";

  private static final String SCHEDULES = ISchedule.class.getPackageName() + ".";

  private final BeanDeserializerBase fields;
  private final String name;

  /** Before the names of properties in messages. */
  private final String path;

  private final boolean ofSchedule;
  private final Map<String, SettableBeanProperty> properties = new TreeMap<>();
  private final Set<String> ignored = new HashSet<>();
  private final Set<String> required = new TreeSet<>();

  private StrictObject(
      DeserializationContext context, JavaType type, String path, boolean ofSchedule)
      throws JsonMappingException {
    this.name = type.getRawClass().getSimpleName();
    this.path = path;
    this.ofSchedule = ofSchedule;
    BeanDescription description = context.getConfig().introspect(type);
    // By the factory, which does not ask again who reads this class.
    JsonDeserializer<Object> reader =
        context.getFactory().createBeanDeserializer(context, type, description);
    Check.that(
        reader instanceof BeanDeserializerBase,
        path + CLASS,
        type.getRawClass().getName(),
        "a class of which there are objects");
    fields = (BeanDeserializerBase) reader;
    fields.resolve(context);
    fields.properties().forEachRemaining(p -> properties.put(p.getName(), p));
    properties.values().stream()
        .filter(p -> ofSchedule ? p instanceof CreatorProperty : p.isRequired())
        .forEach(p -> required.add(p.getName()));
    ignored.addAll(
        context
            .getConfig()
            .getDefaultPropertyIgnorals(type.getRawClass(), description.getClassInfo())
            .findIgnoredForDeserialization());
  }

  static StrictObject of(DeserializationContext context, JavaType type)
      throws JsonMappingException {
    try {
      return new StrictObject(context, type, "", false);
    } catch (IllegalArgumentException e) {
      throw JsonMappingException.from(context, e.getMessage(), e);
    }
  }

  /** The class's simple name. */
  String name() {
    return name;
  }

  Object read(JsonParser checked, DeserializationContext context) throws IOException {
    return fields.deserialize(checked, context);
  }

  /**
   * Copies the object at which the parser is, or whose first property it is at. A tree would not
   * do: YAML's have no place for the classes of objects within.
   *
   * @throws IllegalArgumentException naming the first property that is unknown, missing, given
   *     twice or not of its kind
   */
  TokenBuffer checked(JsonParser parser, DeserializationContext context) throws IOException {
    Set<String> missing = new TreeSet<>(required);
    TokenBuffer checked = context.bufferForInputBuffering(parser);
    checked.writeStartObject();
    if (parser.hasToken(JsonToken.START_OBJECT)) {
      parser.nextToken();
    }
    Set<String> given = new HashSet<>();
    for (; parser.hasToken(JsonToken.FIELD_NAME); parser.nextToken()) {
      String property = parser.currentName();
      Check.that(given.add(property), path + property, "given twice", "given once");
      parser.nextToken();
      if (ignored.contains(property)) {
        parser.skipChildren();
      } else {
        missing.remove(property);
        checked.writeFieldName(property);
        SettableBeanProperty of = property(property);
        if (parser.hasToken(JsonToken.VALUE_STRING)
            && !StrictValue.isScalar(of.getType().getRawClass())) {
          copyText(path + property, of, parser, context, checked);
        } else {
          copy(path + property, of.getType(), parser, context, checked);
        }
      }
    }
    checked.writeEndObject();
    Check.that(missing.isEmpty(), path + missing, "missing", "given");
    return checked;
  }

  private SettableBeanProperty property(String property) {
    SettableBeanProperty found = properties.get(property);
    if (found == null) {
      throw new IllegalArgumentException(
          String.format(
              "%s is no property that this version of %s has: misspelled, or written by a newer version. Properties are %s.",
              path + property, name, properties.keySet()));
    }
    return found;
  }

  /** A text that stands for an object: DL4J takes null for those that it does not know. */
  private static void copyText(
      String what,
      SettableBeanProperty of,
      JsonParser parser,
      DeserializationContext context,
      TokenBuffer to)
      throws IOException {
    String text = parser.getText();
    boolean known = of.deserialize(parser, context) != null;
    Check.that(known, what, '"' + text + '"', "a " + of.getType().getRawClass().getSimpleName());
    to.writeString(text);
  }

  private void copy(
      String what, JavaType type, JsonParser parser, DeserializationContext context, TokenBuffer to)
      throws IOException {
    if (StrictValue.isScalar(type.getRawClass())) {
      JsonNode given = context.readTree(parser);
      if (ofSchedule) {
        Check.notNull(what, given.isNull() || given.asText().isEmpty() ? null : given);
        Check.that(!given.asText().equals("NaN"), what, given, "a number");
      }
      StrictValue.write(what, type.getRawClass(), given, to);
    } else if (ofSchedule && type.isMapLikeType() && parser.hasToken(JsonToken.START_OBJECT)) {
      copyMap(what, type.getContentType(), parser, context, to);
    } else if (type.isTypeOrSubTypeOf(ISchedule.class)) {
      copySchedule(what, parser, context, to);
    } else {
      to.copyCurrentStructure(parser);
    }
  }

  private void copyMap(
      String what, JavaType type, JsonParser parser, DeserializationContext context, TokenBuffer to)
      throws IOException {
    Set<String> given = new HashSet<>();
    to.writeStartObject();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      Check.that(given.add(key), what + "." + key, "given twice", "given once");
      to.writeFieldName(key);
      parser.nextToken();
      copy(what + "." + key, type, parser, context, to);
    }
    to.writeEndObject();
  }

  private static void copySchedule(
      String what, JsonParser parser, DeserializationContext context, TokenBuffer to)
      throws IOException {
    try (TokenBuffer given = context.bufferForInputBuffering(parser)) {
      given.copyCurrentStructure(parser);
      String type = nameOfClass(given);
      if (type.startsWith(SCHEDULES)) {
        JavaType schedule = context.getTypeFactory().constructFromCanonical(type);
        try (JsonParser again = given.asParser(parser)) {
          again.nextToken();
          StrictObject object = new StrictObject(context, schedule, what + ".", true);
          object.ignored.add(CLASS);
          object.checked(again, context).close();
        }
      }
      to.append(given);
    }
  }

  /** No text if an object's class is not given, or this is none. */
  private static String nameOfClass(TokenBuffer given) throws IOException {
    try (JsonParser parser = given.asParser()) {
      parser.nextToken();
      if (parser.getTypeId() != null) {
        return parser.getTypeId().toString();
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean found = parser.currentName().equals(CLASS);
        parser.nextToken();
        if (found) {
          return parser.getText();
        }
        parser.skipChildren();
      }
      return "";
    }
  }
}
