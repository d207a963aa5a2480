package org.lowbit4j.dl4j;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * The four properties by which DL4J's classes decide how parameters are updated, which they share
 * by name only: an updater and one for biases, regularizations and those of biases.
 */
final class UpdaterHolder {

  final Property<IUpdater> updater;
  final Property<IUpdater> biasUpdater;
  final Property<List<Regularization>> regularization;
  final Property<List<Regularization>> biasRegularization;

  private UpdaterHolder(
      Property<IUpdater> updater,
      Property<IUpdater> biasUpdater,
      Property<List<Regularization>> regularization,
      Property<List<Regularization>> biasRegularization) {
    this.updater = updater;
    this.biasUpdater = biasUpdater;
    this.regularization = regularization;
    this.biasRegularization = biasRegularization;
  }

  static UpdaterHolder of(BaseLayer layer) {
    return new UpdaterHolder(
        new Property<>(layer::getIUpdater, layer::setIUpdater),
        new Property<>(layer::getBiasUpdater, layer::setBiasUpdater),
        new Property<>(layer::getRegularization, layer::setRegularization),
        new Property<>(layer::getRegularizationBias, layer::setRegularizationBias));
  }

  static UpdaterHolder of(AbstractSameDiffLayer layer) {
    return new UpdaterHolder(
        new Property<>(layer::getUpdater, layer::setUpdater),
        new Property<>(layer::getBiasUpdater, layer::setBiasUpdater),
        new Property<>(layer::getRegularization, layer::setRegularization),
        new Property<>(layer::getRegularizationBias, layer::setRegularizationBias));
  }

  static UpdaterHolder of(SameDiffVertex vertex) {
    return new UpdaterHolder(
        new Property<>(vertex::getUpdater, vertex::setUpdater),
        new Property<>(vertex::getBiasUpdater, vertex::setBiasUpdater),
        new Property<>(vertex::getRegularization, vertex::setRegularization),
        new Property<>(vertex::getRegularizationBias, vertex::setRegularizationBias));
  }

  /** SameDiff has one updater for all variables. */
  static UpdaterHolder of(TrainingConfig config) {
    return new UpdaterHolder(
        new Property<>(config::getUpdater, config::setUpdater),
        Property.none(),
        new Property<>(config::getRegularization, config::setRegularization),
        Property.none());
  }

  /** Notes all four; what is returned puts them back. */
  Runnable saved() {
    List<Runnable> undo =
        List.of(
            updater.saved(),
            biasUpdater.saved(),
            regularization.saved(),
            biasRegularization.saved());
    return () -> undo.forEach(Runnable::run);
  }

  Property<IUpdater> updater(ParameterGroup group) {
    return group == ParameterGroup.WEIGHTS ? updater : biasUpdater;
  }

  Property<List<Regularization>> regularizations(ParameterGroup group) {
    return group == ParameterGroup.WEIGHTS ? regularization : biasRegularization;
  }

  /** A value that can be read and set. */
  static final class Property<T> {

    private final Supplier<T> getter;
    private final Consumer<T> setter;

    Property(Supplier<T> getter, Consumer<T> setter) {
      this.getter = getter;
      this.setter = setter;
    }

    static <T> Property<T> none() {
      return new Property<>(() -> null, value -> {});
    }

    Runnable saved() {
      T present = get();
      return () -> set(present);
    }

    T get() {
      return getter.get();
    }

    void set(T value) {
      setter.accept(value);
    }
  }
}
