package org.lowbit4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Peak memory of the process and time of a whole training step of a dense network, with ND4J's Sgd
 * and Adam and with Adam8bit, each in processes of their own, in turns.
 */
public final class WholeStep {

  private static final String[] UPDATERS = {"Sgd", "Adam", "Adam8bit"};

  private WholeStep() {}

  /**
   * Runs each updater as often as asked for and prints a line for each run.
   *
   * @param args number of parameters (50e6) and rounds (3)
   * @throws IOException if a process cannot be started
   * @throws InterruptedException if the wait for a process is interrupted
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    String parameters = args.length > 0 ? args[0] : "50e6";
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
    System.out.println("updater   parameters     peak MB   first to third quartile of a step, ms");
    for (int round = 0; round < rounds; round++) {
      for (String updater : UPDATERS) {
        run(updater, parameters);
      }
    }
  }

  private static void run(String updater, String parameters)
      throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String program = WholeStepProcess.class.getName();
    ProcessBuilder command = new ProcessBuilder(java, "-Xmx256m");
    // ND4J's memory is outside the heap.
    command.command().add("-Dorg.bytedeco.javacpp.maxbytes=0");
    command.command().add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    String classes = System.getProperty("java.class.path");
    command.command().addAll(List.of("-cp", classes, program, parameters, updater));
    Process process = command.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    process.getInputStream().transferTo(System.out);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(updater + " failed.");
    }
  }
}
