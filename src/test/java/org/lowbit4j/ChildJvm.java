package org.lowbit4j;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts programs of the tests in processes of their own, with the same Java. */
final class ChildJvm {

  private ChildJvm() {}

  /** With the tests' class path behind what is put in front of it; errors go to the output. */
  static Process start(List<Path> inFront, Class<?> main, String... arguments) throws IOException {
    StringBuilder classPath = new StringBuilder();
    inFront.forEach(path -> classPath.append(path.toAbsolutePath()).append(':'));
    return startWith(classPath + System.getProperty("java.class.path"), main, arguments);
  }

  static Process startWith(String classPath, Class<?> main, String... arguments)
      throws IOException {
    return startWith(List.of(), classPath, main, arguments);
  }

  /** With options of the JVM's. */
  static Process startWith(
      List<String> options, String classPath, Class<?> main, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", classPath));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** All that it says, after it has ended by itself. */
  static String outputOf(Process process) throws IOException, InterruptedException {
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError("Status " + process.exitValue() + ": " + output);
      }
      return output;
    } finally {
      process.destroyForcibly();
    }
  }
}
