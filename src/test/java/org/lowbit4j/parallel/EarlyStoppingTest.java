package org.lowbit4j.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.EarlyStoppingResult.TerminationReason;
import org.deeplearning4j.earlystopping.saver.LocalFileModelSaver;
import org.deeplearning4j.earlystopping.scorecalc.ClassificationScoreCalculator;
import org.deeplearning4j.earlystopping.scorecalc.DataSetLossCalculator;
import org.deeplearning4j.earlystopping.termination.IterationTerminationCondition;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.termination.MaxScoreIterationTerminationCondition;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.listeners.CollectScoresListener;
import org.deeplearning4j.parallelism.EarlyStoppingParallelTrainer;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lowbit4j.Adam8bit;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.MultiDataSetIteratorAdapter;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Early stopping in parallel: DL4J's own trainer, and the one that serves in its place. */
@Timeout(120)
class EarlyStoppingTest {

  private static final int FEATURES = 32;
  private static final int CLASSES = 4;
  private static final int EPOCHS = 3;

  /** Of a worker, in an epoch. */
  private static final int STEPS = 4;

  @Test
  void trainsAsTheWrapperDoesAndKeepsTheBest() {
    MultiLayerNetwork expected = net();
    ParallelWrapper plain = wrapper(expected);
    for (int i = 0; i < EPOCHS; i++) {
      plain.fit(data());
    }
    MultiLayerNetwork net = net();
    EarlyStoppingResult<MultiLayerNetwork> result =
        new EarlyStoppingAveragingTrainer<>(config().build(), wrapper(net), net, data()).fit();
    assertThat(result.getTerminationReason())
        .isEqualTo(TerminationReason.EpochTerminationCondition);
    assertThat(result.getScoreVsEpoch()).hasSize(EPOCHS);
    assertThat(result.getBestModel()).isNotNull();
    assertThat(net.params()).isEqualTo(expected.params());
    assertThat(net.getUpdater().getStateViewArray())
        .isEqualTo(expected.getUpdater().getStateViewArray());
  }

  @Test
  void aConditionOfIterationsEndsTheEpoch() {
    MultiLayerNetwork net = net();
    EarlyStoppingConfiguration<MultiLayerNetwork> config =
        config()
            .saveLastModel(true)
            .iterationTerminationConditions(new MaxScoreIterationTerminationCondition(0))
            .build();
    EarlyStoppingAveragingTrainer<MultiLayerNetwork> trainer =
        new EarlyStoppingAveragingTrainer<>(config, wrapper(net), net, data());
    // There is no best network yet, which DL4J's loop does not expect.
    assertThatThrownBy(trainer::fit).isInstanceOf(NullPointerException.class);
    assertThat(net.getIterationCount()).isEqualTo(1);
  }

  @Test
  void aWorkersFailureIsSeen() {
    List<DataSet> bad = new ArrayList<>();
    bad.add(new DataSet(Nd4j.zeros(3, FEATURES + 1), Nd4j.zeros(3, CLASSES)));
    MultiLayerNetwork net = net();
    EarlyStoppingAveragingTrainer<MultiLayerNetwork> trainer =
        new EarlyStoppingAveragingTrainer<>(
            config().build(), wrapper(net), net, new ListDataSetIterator<>(bad, 1));
    assertThatThrownBy(trainer::fit).hasStackTraceContaining("Worker 0 of ParallelWrapper failed");
  }

  /** Not that there is no file of a best network. */
  @Test
  void aWorkersFailureIsSeenWhereModelsAreSavedInFiles(@TempDir Path folder) {
    List<DataSet> bad = new ArrayList<>();
    bad.add(new DataSet(Nd4j.zeros(3, FEATURES + 1), Nd4j.zeros(3, CLASSES)));
    MultiLayerNetwork net = net();
    EarlyStoppingAveragingTrainer<MultiLayerNetwork> trainer =
        new EarlyStoppingAveragingTrainer<>(
            config().modelSaver(new LocalFileModelSaver(folder.toString())).build(),
            wrapper(net),
            net,
            new ListDataSetIterator<>(bad, 1));
    assertThatThrownBy(trainer::fit).hasMessageContaining("Worker 0 of ParallelWrapper failed");
  }

  /**
   * Conditions of a trainer that has ended stop nobody else, and it leaves the wrapper as it was.
   */
  @Test
  void theWrapperServesAnotherTrainerAndByItself() {
    MultiLayerNetwork net = net();
    ParallelWrapper wrapper = wrapper(net);
    StatsStorageRouter router = new InMemoryStatsStorage();
    CollectScoresListener scores = new CollectScoresListener(1);
    wrapper.setListeners(router, scores);
    EarlyStoppingConfiguration<MultiLayerNetwork> ends =
        config().iterationTerminationConditions(new Counter(STEPS / 2 + 1)).build();
    EarlyStoppingAveragingTrainer<MultiLayerNetwork> first =
        new EarlyStoppingAveragingTrainer<>(ends, wrapper, net, data());
    assertThatThrownBy(first::fit).isInstanceOf(NullPointerException.class);
    int stopped = net.getIterationCount();
    assertThat(stopped).isLessThan(STEPS);

    wrapper.fit(data());
    assertThat(net.getIterationCount()).isEqualTo(stopped + STEPS);
    EarlyStoppingResult<MultiLayerNetwork> result =
        new EarlyStoppingAveragingTrainer<>(config().build(), wrapper, net, data()).fit();
    assertThat(result.getTotalEpochs()).isEqualTo(EPOCHS);
    assertThat(net.getIterationCount()).isEqualTo(stopped + STEPS + EPOCHS * STEPS);
    assertThat(wrapper.getListeners()).containsExactly(scores);
    assertThat(wrapper.getStorageRouter()).isSameAs(router);
    assertThat(scores.getListScore().size()).isGreaterThan(STEPS);
  }

  /** Asked too often, it says so ever after. */
  private static final class Counter implements IterationTerminationCondition {
    private static final long serialVersionUID = 1;
    private final int most;
    private int asked;

    Counter(int most) {
      this.most = most;
    }

    @Override
    public void initialize() {
      asked = 0;
    }

    @Override
    public boolean terminate(double score) {
      asked++;
      return asked >= most;
    }
  }

  @Test
  void pretrainingIsRefused() {
    MultiLayerNetwork net = net();
    EarlyStoppingAveragingTrainer<MultiLayerNetwork> trainer =
        new EarlyStoppingAveragingTrainer<>(config().build(), wrapper(net), net, data());
    assertThatThrownBy(trainer::pretrain).isInstanceOf(UnsupportedOperationException.class);
  }

  /** The same trainer, twice; a graph, a score to be maximized, not after each epoch. */
  @Test
  void graphsScoresToMaximizeAndEvaluationsNowAndThen() {
    ComputationGraph graph = net().toComputationGraph();
    EarlyStoppingConfiguration<ComputationGraph> config =
        new EarlyStoppingConfiguration.Builder<ComputationGraph>()
            .scoreCalculator(new ClassificationScoreCalculator(Evaluation.Metric.ACCURACY, data()))
            .evaluateEveryNEpochs(2)
            .epochTerminationConditions(new MaxEpochsTerminationCondition(EPOCHS))
            .build();
    ParallelWrapper wrapper =
        StateAveraging.on(new ParallelWrapper.Builder<>(graph).workers(2).build());
    EarlyStoppingAveragingTrainer<ComputationGraph> trainer =
        new EarlyStoppingAveragingTrainer<>(
            config, wrapper, graph, new MultiDataSetIteratorAdapter(data()));
    for (int time = 1; time <= 2; time++) {
      EarlyStoppingResult<ComputationGraph> result = trainer.fit();
      assertThat(result.getScoreVsEpoch()).containsOnlyKeys(0, 2);
      assertThat(result.getBestModel()).isNotNull();
      assertThat(graph.getIterationCount()).isEqualTo(time * EPOCHS * STEPS);
    }
  }

  @Test
  void otherWrappersAreRefused() {
    MultiLayerNetwork net = net();
    ParallelWrapper words = new ParallelWrapper.Builder<>(net).workers(2).build();
    assertThatThrownBy(
            () -> new EarlyStoppingAveragingTrainer<>(config().build(), words, net, data()))
        .hasMessageContaining("StateAveraging.on(wrapper)");
    assertThatThrownBy(
            () ->
                new EarlyStoppingAveragingTrainer<>(config().build(), wrapper(net()), net, data()))
        .hasMessageContaining("another network");
  }

  /** It averages words, which is noticed: never trained on, and said in the result. */
  @Test
  void dl4jsOwnTrainerEndsWithAnError() {
    EarlyStoppingResult<MultiLayerNetwork> result =
        new EarlyStoppingParallelTrainer<>(config().build(), net(), data(), null, 2, 0, 1).fit();
    assertThat(result.getTerminationReason()).isEqualTo(TerminationReason.Error);
    assertThat(result.getTerminationDetails()).contains("StateFormatException");
    assertThat(result.getBestModel()).isNull();
  }

  private static EarlyStoppingConfiguration.Builder<MultiLayerNetwork> config() {
    return new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
        .scoreCalculator(new DataSetLossCalculator(data(), true))
        .epochTerminationConditions(new MaxEpochsTerminationCondition(EPOCHS));
  }

  private static ParallelWrapper wrapper(MultiLayerNetwork net) {
    return StateAveraging.on(
        new ParallelWrapper.Builder<>(net)
            .workers(2)
            .averagingFrequency(1)
            .prefetchBuffer(0)
            .build());
  }

  private static MultiLayerNetwork net() {
    MultiLayerNetwork net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Adam8bit(1e-3))
                .list()
                .layer(new DenseLayer.Builder().nIn(FEATURES).nOut(160).build())
                .layer(new OutputLayer.Builder().nIn(160).nOut(CLASSES).build())
                .build());
    net.init();
    return net;
  }

  private static DataSetIterator data() {
    List<DataSet> batches = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Nd4j.getRandom().setSeed(i + 1); // 0 would be another one each time
      batches.add(
          new DataSet(
              Nd4j.rand(DataType.FLOAT, 16, FEATURES), Nd4j.rand(DataType.FLOAT, 16, CLASSES)));
    }
    return new ListDataSetIterator<>(batches, 1);
  }
}
