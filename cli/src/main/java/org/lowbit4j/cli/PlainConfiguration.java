package org.lowbit4j.cli;

import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * The configuration of a network that is not trained any more: without updaters, and without what
 * belongs to those of this library. Works on the JSON, as frozen layers have updaters that DL4J's
 * own classes do not hand out.
 */
final class PlainConfiguration {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String CLASS = "@class";
  private static final String OURS = "org.lowbit4j.";

  /** Classes of this library that are not about training. */
  private final Set<String> needed = new TreeSet<>();

  private final JsonNode root;

  /**
   * Strips a configuration.
   *
   * @param json of a MultiLayerConfiguration or a ComputationGraphConfiguration
   */
  PlainConfiguration(String json) throws JsonProcessingException {
    root = MAPPER.readTree(json);
    strip(root);
  }

  private void strip(JsonNode node) {
    if (node.isObject()) {
      stripObject((ObjectNode) node);
    } else if (node.isArray()) {
      for (Iterator<JsonNode> all = ((ArrayNode) node).elements(); all.hasNext(); ) {
        JsonNode element = all.next();
        if (nameOf(element).startsWith(OURS) && is(Regularization.class, element)) {
          all.remove();
        } else {
          strip(element);
        }
      }
    }
  }

  private void stripObject(ObjectNode node) {
    if (nameOf(node).startsWith(OURS)) {
      needed.add(nameOf(node));
    }
    for (Iterator<Map.Entry<String, JsonNode>> all = node.fields(); all.hasNext(); ) {
      Map.Entry<String, JsonNode> field = all.next();
      if (is(IUpdater.class, field.getValue())) {
        field.setValue(MAPPER.createObjectNode().put(CLASS, NoOp.class.getName()));
      } else {
        strip(field.getValue());
      }
    }
  }

  /** Whether a node is an object of some type; its class is not initialized. */
  private static boolean is(Class<?> type, JsonNode node) {
    String name = nameOf(node);
    try {
      return !name.isEmpty()
          && type.isAssignableFrom(Class.forName(name, false, type.getClassLoader()));
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  private static String nameOf(JsonNode node) {
    return node.isObject() ? node.path(CLASS).asText("") : "";
  }

  /** Classes of this library that the network cannot do without. */
  Set<String> needed() {
    return needed;
  }

  String json() throws JsonProcessingException {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
  }
}
