package org.lowbit4j.dl4j;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.util.GraphIndices;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * How DL4J divides a network's parameters, and the array of the state, into updater blocks:
 * neighbouring variables whose updaters are equal share one, unless they are for pretraining.
 *
 * <p>Told by the configuration alone, without a network and without a backend of ND4J.
 */
public final class BlockDivision {

  /** A parameter of a layer. */
  public static final class Variable {

    private final String layer;
    private final String name;
    private final long elements;

    Variable(String layer, String name, long elements) {
      this.layer = layer;
      this.name = name;
      this.elements = elements;
    }

    /** The layer's name. */
    public String layer() {
      return layer;
    }

    /**
     * The parameter's name.
     *
     * @return such as {@code W}
     */
    public String name() {
      return name;
    }

    /** Its number of elements. */
    public long elements() {
      return elements;
    }
  }

  /** An updater block. */
  public static final class Block {

    private final IUpdater updater;
    private final List<Variable> variables = new ArrayList<>();

    Block(IUpdater updater) {
      this.updater = updater;
    }

    /** The updater of its variables. */
    public IUpdater updater() {
      return updater;
    }

    /**
     * What it updates.
     *
     * @return in the order of DL4J's arrays
     */
    public List<Variable> variables() {
      return Collections.unmodifiableList(variables);
    }

    /** The number of parameters. */
    public long elements() {
      return variables.stream().mapToLong(Variable::elements).sum();
    }

    /**
     * The size of its state.
     *
     * @return words of the network's data type, 0 if it has none
     */
    public long words() {
      return variables.stream().mapToLong(v -> updater.stateSize(v.elements())).sum();
    }
  }

  private final List<Block> blocks = new ArrayList<>();
  private ParameterTable lastLayer;
  private boolean lastPretrained;

  private BlockDivision() {}

  /**
   * The blocks of a network.
   *
   * @return in their order
   */
  public static List<Block> of(MultiLayerConfiguration conf) {
    BlockDivision division = new BlockDivision();
    Configurations.sources(conf).forEach(division::add);
    return division.blocks;
  }

  /**
   * The blocks of a graph.
   *
   * @return in their order, which is that of the graph, not that of the configuration
   */
  public static List<Block> of(ComputationGraphConfiguration conf) {
    Map<String, LayerSource> sources = new LinkedHashMap<>();
    Configurations.sources(conf).forEach(source -> sources.put(source.name, source));
    GraphIndices indices = new ComputationGraph(conf).calculateIndices();
    BlockDivision division = new BlockDivision();
    for (int index : indices.getTopologicalSortOrder()) {
      LayerSource source = sources.get(indices.getIdxToName().get(index));
      if (source != null) {
        division.add(source);
      }
    }
    return division.blocks;
  }

  private void add(LayerSource layer) {
    ParameterTable table = layer.parameters;
    table.sizes().forEach((name, elements) -> add(table, new Variable(layer.name, name, elements)));
  }

  private void add(ParameterTable layer, Variable variable) {
    IUpdater found = layer.updater(variable.name());
    // DL4J asks no frozen layer.
    IUpdater updater = found == null ? new NoOp() : found;
    boolean pretrained = layer.isPretrained(variable.name());
    Block last = blocks.isEmpty() ? null : blocks.get(blocks.size() - 1);
    boolean together =
        last != null
            && last.updater.equals(updater)
            && (pretrained && lastPretrained && layer == lastLayer
                || !pretrained && !lastPretrained);
    if (!together) {
      last = new Block(updater);
      blocks.add(last);
    }
    last.variables.add(variable);
    lastLayer = layer;
    lastPretrained = pretrained;
  }
}
