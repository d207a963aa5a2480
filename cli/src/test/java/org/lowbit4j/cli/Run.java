package org.lowbit4j.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import picocli.CommandLine;

/** A run of the program in this JVM. */
final class Run {

  /** Networks of the library's own tests, which stay readable for ever. */
  static final Path NETWORKS =
      Path.of("..", "src", "test", "resources", "compatibility", "v1", "networks");

  final int status;
  final String out;
  final String err;

  private Run(int status, String out, String err) {
    this.status = status;
    this.out = out;
    this.err = err;
  }

  static Run of(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Program.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    String[] words = new String[args.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = args[i].toString();
    }
    int status = line.execute(words);
    line.getOut().flush();
    line.getErr().flush();
    return new Run(status, out.toString(), err.toString());
  }

  static Path network(String name) {
    return NETWORKS.resolve(name);
  }

  @Override
  public String toString() {
    return "status " + status + "\n" + out + err;
  }
}
