package org.lowbit4j.spark.wordnet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/**
 * Kills executors at work with SIGKILL, to show that nothing comes of it: one that averages, then
 * one that trains, in turn. They must run on this machine, under Linux.
 */
final class ExecutorKiller extends SparkListener {

  private final String application;
  private final Deque<Integer> rounds;
  private final Set<Integer> averaging = new HashSet<>();
  private final Set<Integer> training = new HashSet<>();
  private boolean nextAverages = true;
  private int round;

  ExecutorKiller(String application, List<Integer> rounds) {
    this.application = application;
    this.rounds = new ArrayDeque<>(rounds);
  }

  /** How many are still to be killed. */
  synchronized int left() {
    return rounds.size();
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    String name = submitted.stageInfo().name();
    if (!name.contains("SparkTraining")) {
      return; // batches being dealt out
    }
    int stage = submitted.stageInfo().stageId();
    if (name.startsWith("collect")) {
      averaging.add(stage);
    } else if (training.add(stage)) {
      round++;
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    Set<Integer> wanted = nextAverages ? averaging : training;
    if (!rounds.isEmpty() && round >= rounds.peek() && wanted.contains(start.stageId())) {
      String executor = start.taskInfo().executorId();
      if (kill(executor)) {
        System.err.printf(
            "Killed executor %s, which was %s in round %d%n",
            executor, nextAverages ? "averaging" : "training", round);
        rounds.remove();
        nextAverages = !nextAverages;
      }
    }
  }

  private boolean kill(String executor) {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .filter(process -> process.getFileName().toString().matches("\\d+"))
          .filter(process -> isExecutor(process, executor))
          .map(process -> Long.parseLong(process.getFileName().toString()))
          .anyMatch(pid -> ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isExecutor(Path process, String executor) {
    try {
      byte[] line = Files.readAllBytes(process.resolve("cmdline"));
      List<String> args = Arrays.asList(new String(line, StandardCharsets.UTF_8).split("\0", -1));
      return Collections.indexOfSubList(args, List.of("--executor-id", executor)) >= 0
          && Collections.indexOfSubList(args, List.of("--app-id", application)) >= 0;
    } catch (IOException e) {
      return false; // has ended, or is another user's
    }
  }
}
