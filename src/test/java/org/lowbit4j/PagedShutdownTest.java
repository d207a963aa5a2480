package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A shutdown hook that closes paged state does not keep a process that trains from ending. */
class PagedShutdownTest {

  private static Process start(boolean exits) throws IOException {
    PagedNetworks.folder();
    return ChildJvm.start(List.of(), PagedShutdown.class, Boolean.toString(exits));
  }

  /** Until a line is said. */
  private static String said(BufferedReader output, String last) throws IOException {
    StringBuilder all = new StringBuilder();
    String line = output.readLine();
    while (line != null) {
      all.append(line).append('\n');
      line = line.equals(last) ? null : output.readLine();
    }
    return all.toString();
  }

  private static BufferedReader output(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static void assertEnds(Process process) throws InterruptedException {
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ended").isTrue();
  }

  @Test
  void signalsAndListenersThatExit() throws Exception {
    Process signalled = start(false);
    Process exiting = start(true);
    try {
      BufferedReader output = output(signalled);
      assertThat(said(output, PagedShutdown.STARTED)).contains(PagedShutdown.STARTED);
      signalled.toHandle().destroy(); // leaves its output open
      assertEnds(signalled);
      assertThat(said(output, PagedShutdown.CLOSED)).contains(PagedShutdown.CLOSED);
      assertEnds(exiting);
      assertThat(said(output(exiting), PagedShutdown.CLOSED)).contains(PagedShutdown.CLOSED);
      assertThat(exiting.exitValue()).isEqualTo(PagedShutdown.STATUS);
    } finally {
      signalled.destroyForcibly();
      exiting.destroyForcibly();
    }
  }
}
