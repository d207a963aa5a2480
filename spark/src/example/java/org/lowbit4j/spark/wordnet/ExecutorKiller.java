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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/**
 * Kills executors at work with SIGKILL, to show that nothing comes of it: one that averages, then
 * one that trains, in turn. If its task had ended already, another one in the next round. They must
 * run on this machine, under Linux.
 */
final class ExecutorKiller extends SparkListener {

  private final String application;
  private final Deque<Integer> rounds;
  private final Set<Integer> averaging = new HashSet<>();
  private final Set<Integer> training = new HashSet<>();
  private boolean averagesNext = true;
  private int round;

  /** The last one, and when; it counts when its task is lost. */
  private String killed;

  private int killedIn;
  private int kills;

  /** Looked for before it is their turn: their tasks are short. */
  private final Map<String, Optional<ProcessHandle>> processes = new HashMap<>();

  ExecutorKiller(String application, List<Integer> rounds) {
    this.application = application;
    this.rounds = new ArrayDeque<>(rounds);
  }

  /** Whether none was killed, though it was wanted. */
  synchronized boolean hasKilledNone() {
    return kills == 0 && !rounds.isEmpty();
  }

  /** Whether fewer tasks were lost than was wanted, as there were no more rounds. */
  synchronized boolean isUnsatisfied() {
    return !rounds.isEmpty();
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    String name = submitted.stageInfo().name();
    if (!name.contains("Session.java")) {
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
    String executor = start.taskInfo().executorId();
    Optional<ProcessHandle> process = processes.computeIfAbsent(executor, this::find);
    Set<Integer> wanted = averagesNext ? averaging : training;
    boolean due = !rounds.isEmpty() && round >= rounds.peek() && round > killedIn;
    if (due && wanted.contains(start.stageId()) && process.isPresent()) {
      process.get().destroyForcibly();
      killed = executor;
      killedIn = round;
      kills++;
      System.err.printf(
          "Killed executor %s, %s in round %d%n",
          executor, averagesNext ? "averaging" : "training", round);
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    boolean lost = end.reason() instanceof TaskFailedReason;
    Set<Integer> wanted = averagesNext ? averaging : training;
    if (lost && wanted.contains(end.stageId()) && end.taskInfo().executorId().equals(killed)) {
      System.err.printf("The task of executor %s was lost%n", killed);
      killed = null;
      rounds.poll();
      averagesNext = !averagesNext;
    }
  }

  private Optional<ProcessHandle> find(String executor) {
    try (Stream<Path> folders = Files.list(Path.of("/proc"))) {
      return folders
          .filter(folder -> folder.getFileName().toString().matches("\\d+"))
          .filter(folder -> isExecutor(folder, executor))
          .findFirst()
          .flatMap(folder -> ProcessHandle.of(Long.parseLong(folder.getFileName().toString())));
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
