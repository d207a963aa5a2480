package org.lowbit4j.check;

import java.io.IOException;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.databind.BeanProperty;
import org.nd4j.shade.jackson.databind.DeserializationContext;
import org.nd4j.shade.jackson.databind.JsonDeserializer;
import org.nd4j.shade.jackson.databind.JsonMappingException;
import org.nd4j.shade.jackson.databind.deser.ContextualDeserializer;
import org.nd4j.shade.jackson.databind.exc.ValueInstantiationException;
import org.nd4j.shade.jackson.databind.util.TokenBuffer;

/**
 * Reads an object from JSON or YAML, and takes from there what a setter would take and nothing
 * else. DL4J's mappers turn null, or no text, into 0, cut fractions off, take the number of an enum
 * constant for its name, and ignore properties that they do not know.
 *
 * <p>A property that is not given has its default, as in files of versions that did not have it,
 * unless it is marked as required. Whether objects, texts and constants may be null is left to
 * {@link #check}. Schedules of ND4J's must be complete.
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
    return new OfClass(StrictObject.of(context, context.getContextualType()));
  }

  @Override
  public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    return context.reportInputMismatch(this, "The class to be read is not known.");
  }

  /** Reads one class. */
  private final class OfClass extends JsonDeserializer<Object> {

    private final StrictObject object;

    OfClass(StrictObject object) {
      this.object = object;
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      try (TokenBuffer buffer = object.checked(parser, context);
          JsonParser checked = buffer.asParser(parser)) {
        checked.nextToken();
        Object made = object.read(checked, context);
        check(made);
        return made;
      } catch (IllegalArgumentException e) {
        throw refusal(parser, e);
      } catch (ValueInstantiationException e) {
        throw e.getCause() instanceof IllegalArgumentException ? refusal(parser, e.getCause()) : e;
      }
    }

    private JsonMappingException refusal(JsonParser parser, Throwable cause) {
      return JsonMappingException.from(parser, object.name() + ": " + cause.getMessage(), cause);
    }
  }
}
