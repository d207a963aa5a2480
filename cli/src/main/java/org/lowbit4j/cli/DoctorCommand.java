package org.lowbit4j.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Another updater for a trained network. */
@Command(name = "doctor", description = "x")
final class DoctorCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return 0;
  }
}
