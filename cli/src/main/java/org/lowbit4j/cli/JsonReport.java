package org.lowbit4j.cli;

import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** A report for programs. Names and units stay as they are from release to release. */
final class JsonReport {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonReport() {}

  static String of(ModelReport report) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("file", report.file);
    root.put("kind", report.kind);
    root.put("dataType", report.type == null ? null : report.type.name());
    root.put("parameters", report.parameters);
    root.put("iteration", report.iteration);
    root.put("epoch", report.epoch);
    root.put("hasState", report.hasState);
    root.put("stateBytes", report.hasState ? report.stateBytes() : 0);
    ArrayNode blocks = root.putArray("blocks");
    report.blocks.forEach(b -> put(blocks.addObject(), b, report));
    ArrayNode damages = root.putArray("damages");
    for (Damage d : report.damages) {
      ObjectNode node = damages.addObject();
      node.put("where", d.where);
      node.put("part", d.part);
      node.put("byte", d.at);
      node.put("what", d.what);
    }
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(ObjectNode node, BlockReport block, ModelReport report) {
    node.put("number", block.number);
    ObjectNode layers = node.putObject("layers");
    block.layers.forEach((layer, names) -> names.forEach(layers.withArray(layer)::add));
    node.put("updater", block.updater);
    node.put("bits", block.bits);
    if (block.blockSize > 0) {
      node.put("blockSize", block.blockSize);
      node.put("codebook", block.codebook);
    }
    node.put("elements", block.elements);
    node.put("bytes", block.bytes);
    node.put("ofAdam", (double) block.bytes / report.ofAdam(block.elements));
    node.put("fresh", block.fresh);
    if (block.steps > 0) {
      node.put("steps", block.steps);
    }
    node.put("gradientNorms", block.norms);
    ArrayNode moments = node.putArray("moments");
    for (MomentReport m : block.moments) {
      ObjectNode moment = moments.addObject();
      moment.put("name", m.name);
      moment.put("rms", m.rms);
      if (!Double.isNaN(m.saturated)) {
        moment.put("saturated", m.saturated);
      }
    }
  }
}
