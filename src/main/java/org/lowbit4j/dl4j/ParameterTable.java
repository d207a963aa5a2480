package org.lowbit4j.dl4j;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/** What DL4J knows of a layer's parameters before the network is made. */
interface ParameterTable {

  List<String> names();

  IUpdater updater(String parameter);

  /** What applies to a parameter; may be null. */
  List<Regularization> regularizations(String parameter);

  /** In the order of DL4J's arrays. */
  Map<String, Long> sizes();

  /** Whether DL4J updates a parameter only while the layer is trained by itself. */
  default boolean isPretrained(String parameter) {
    return false;
  }

  /** The variables of SameDiff, which the training configuration does not know. */
  static ParameterTable ofSameDiff(TrainingConfig config) {
    return new ParameterTable() {
      @Override
      public List<String> names() {
        return Collections.singletonList(Configurations.ALL_VARIABLES);
      }

      @Override
      public IUpdater updater(String parameter) {
        return config.getUpdater();
      }

      @Override
      public List<Regularization> regularizations(String parameter) {
        return config.getRegularization();
      }

      @Override
      public Map<String, Long> sizes() {
        return Collections.emptyMap();
      }

      @Override
      public boolean isPretrained(String parameter) {
        return false;
      }
    };
  }

  static ParameterTable of(NeuralNetConfiguration conf) {
    Layer layer = conf.getLayer();
    ParamInitializer initializer = layer.initializer();
    Layer trained = trained(layer);
    return new ParameterTable() {
      @Override
      public List<String> names() {
        return initializer.paramKeys(layer);
      }

      @Override
      public IUpdater updater(String parameter) {
        return trained.getUpdaterByParam(parameter);
      }

      @Override
      public List<Regularization> regularizations(String parameter) {
        return trained.getRegularizationByParam(parameter);
      }

      @Override
      public boolean isPretrained(String parameter) {
        return layer.isPretrainParam(parameter);
      }

      @Override
      public Map<String, Long> sizes() {
        long total = initializer.numParams(conf);
        if (total == 0) {
          return new LinkedHashMap<>();
        }
        try {
          return sizes(LengthOnly.of(total));
        } catch (RuntimeException e) {
          // Whoever asks for more has memory that is reserved but never touched, and his own
          // errors.
          try (INDArray memory = Nd4j.createUninitializedDetached(DataType.FLOAT, total)) {
            return sizes(memory);
          }
        }
      }

      private Map<String, Long> sizes(INDArray view) {
        Map<String, Long> sizes = new LinkedHashMap<>();
        initializer
            .init(conf.clone(), view, false)
            .forEach((parameter, part) -> sizes.put(parameter, part.length()));
        return sizes;
      }
    };
  }

  /** DL4J asks what a wrapper wraps for updaters, and the wrapper itself does not know. */
  private static Layer trained(Layer layer) {
    return layer instanceof BaseWrapperLayer
        ? trained(((BaseWrapperLayer) layer).getUnderlying())
        : layer;
  }

  static ParameterTable of(SameDiffVertex vertex) {
    SDVertexParams params = vertex.getVertexParams();
    return new ParameterTable() {
      @Override
      public List<String> names() {
        return params.getParameterKeys();
      }

      @Override
      public IUpdater updater(String parameter) {
        return vertex.getUpdaterByParam(parameter);
      }

      @Override
      public List<Regularization> regularizations(String parameter) {
        return vertex.getRegularizationByParam(parameter);
      }

      @Override
      public Map<String, Long> sizes() {
        Map<String, Long> sizes = new LinkedHashMap<>();
        params
            .getParamShapes()
            .forEach(
                (name, shape) -> sizes.put(name, Arrays.stream(shape).reduce(1, (a, b) -> a * b)));
        return sizes;
      }
    };
  }
}
