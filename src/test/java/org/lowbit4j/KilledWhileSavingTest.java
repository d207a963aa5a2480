package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/**
 * SIGKILL while a network is saved: who writes a new file and renames it always has a whole one.
 */
class KilledWhileSavingTest {

  private static final DataSet DATA = Networks.data(DataType.FLOAT);
  private static final int AT_A_TIME = 3;
  private static final int LATEST_MILLIS = 400;

  @TempDir private Path folder;

  /** How many of them were in the middle of a file. */
  private int kill(int times) throws Exception {
    Random random = new Random(1);
    int inTheMiddle = 0;
    for (int done = 0; done < times; done += AT_A_TIME) {
      List<Path> folders = new ArrayList<>();
      List<Process> processes = new ArrayList<>();
      for (int i = done; i < Math.min(times, done + AT_A_TIME); i++) {
        folders.add(Files.createDirectory(folder.resolve("run" + i)));
        processes.add(
            ChildJvm.start(List.of(), SavingForever.class, folders.get(i - done).toString()));
      }
      for (int i = 0; i < processes.size(); i++) {
        inTheMiddle += killAndResume(processes.get(i), folders.get(i), random) ? 1 : 0;
      }
    }
    return inTheMiddle;
  }

  private static boolean killAndResume(Process process, Path folder, Random random)
      throws IOException, InterruptedException {
    int saved = 0;
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      StringBuilder said = new StringBuilder();
      String line = output.readLine();
      while (line != null && !line.startsWith(SavingForever.SAVED)) {
        said.append(line).append('\n');
        line = output.readLine();
      }
      assertThat(line).as("%s", said).isNotNull();
      Thread.sleep(random.nextInt(LATEST_MILLIS));
      process.toHandle().destroyForcibly(); // leaves its output open
      process.waitFor();
      for (; line != null && line.matches(SavingForever.SAVED + "\\d+"); line = output.readLine()) {
        saved = Integer.parseInt(line.substring(SavingForever.SAVED.length()));
      }
    } finally {
      process.destroyForcibly();
    }
    byte[] file = Files.readAllBytes(folder.resolve(SavingForever.FILE));
    MultiLayerNetwork net = Networks.restore(file);
    int iteration = net.getIterationCount();
    assertThat(iteration).isBetween(saved, saved + 1);
    MultiLayerNetwork undisturbed = Networks.network(new Adam8bit(1e-3), DataType.FLOAT);
    Networks.train(undisturbed, DATA, iteration + 1);
    Networks.train(net, DATA, 1);
    assertThat(Networks.bytes(net.params())).isEqualTo(Networks.bytes(undisturbed.params()));
    return Files.exists(folder.resolve(SavingForever.NEW_FILE));
  }

  @Test
  void threeTimes() throws Exception {
    kill(3);
  }

  @Test
  @Tag("slow")
  void fiftyTimes() throws Exception {
    int inTheMiddle = kill(50);
    System.out.println("kills: 50, of them in the middle of a file " + inTheMiddle);
    assertThat(inTheMiddle).isPositive();
  }
}
