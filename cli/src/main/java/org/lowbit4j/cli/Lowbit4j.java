package org.lowbit4j.cli;

import java.io.File;

/** The program. */
public final class Lowbit4j {

  private Lowbit4j() {}

  /** Runs a command, and ends the JVM with its exit status. */
  public static void main(String[] args) {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
    // Of every SameDiff model, whether or not it is about it.
    System.setProperty("org.slf4j.simpleLogger.log.org.nd4j.imports", "error");
    System.setProperty("org.slf4j.simpleLogger.log.org.nd4j.autodiff", "error");
    System.exit(run(args));
  }

  /** Whatever is not plain, and whatever goes wrong, is for the parser of arguments to tell. */
  private static int run(String[] args) {
    File file = plain(args);
    ModelReport report = null;
    if (file != null) {
      try {
        report = Models.read(file, false);
      } catch (RuntimeException | OutOfMemoryError e) {
        report = null;
      }
    }
    return report == null
        ? Program.run(args)
        : InspectCommand.print(report, args.length == 3, System.out::println, System.err::println);
  }

  /**
   * The file of {@code inspect [--json] FILE}, which is answered without the parser of arguments:
   * to load its classes takes longer than to read the file.
   *
   * @return null for all other commands
   */
  static File plain(String... args) {
    boolean json = args.length == 3 && args[1].equals("--json");
    if (args.length != 2 && !json || !args[0].equals("inspect")) {
      return null;
    }
    String name = args[args.length - 1];
    // Options, and files of arguments.
    return name.isEmpty() || name.startsWith("-") || name.startsWith("@") ? null : new File(name);
  }
}
