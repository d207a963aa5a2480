package org.lowbit4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.apache.spark.api.java.JavaRDD;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lowbit4j.Adam8bit;
import org.nd4j.linalg.dataset.DataSet;

/** The blocks of code of docs/spark.md compile and run, one after the other. */
class SparkPageTest {

  private static final String FRAME =
      """
      import java.nio.file.Path;
      import org.apache.spark.api.java.JavaRDD;
      import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
      import org.lowbit4j.spark.*;
      import org.nd4j.linalg.dataset.DataSet;
      public class Block {
        public static void run(MultiLayerNetwork net, JavaRDD<DataSet> batches, Path folder)
            throws Exception {
      %s
        }
      }
      """;

  @Test
  void itsCodeRuns(@TempDir Path folder) throws Exception {
    String page = Files.readString(Path.of("../docs/spark.md"));
    List<String> blocks =
        Pattern.compile("(?ms)^```java\n(.*?)^```$")
            .matcher(page)
            .results()
            .map((MatchResult m) -> m.group(1))
            .collect(Collectors.toList());
    assertThat(blocks).hasSize(2);
    MultiLayerNetwork net = Nets.network(new Adam8bit(1e-3));
    for (int i = 0; i < blocks.size(); i++) {
      // The second goes on from what the first one wrote, in the middle.
      run(FRAME.formatted(blocks.get(i)), folder, net, i);
      if (i == 0) {
        assertThat(net.getEpochCount()).isEqualTo(3);
        ParameterAveraging.builder()
            .workers(4)
            .checkpoints(folder.resolve("checkpoints1"), 1)
            .build()
            .fit(Nets.network(new Adam8bit(1e-3)), batches(), 1);
      }
    }
    assertThat(TrainingCheckpoint.latest(folder.resolve("checkpoints1")).orElseThrow().network())
        .matches(resumed -> resumed.params().equals(net.params()));
  }

  private static JavaRDD<DataSet> batches() {
    return Data.batches(24, 2);
  }

  private static void run(String source, Path folder, MultiLayerNetwork net, int number)
      throws Exception {
    Path classes = Files.createDirectories(folder.resolve("classes" + number));
    compile(source, classes);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      loader
          .loadClass("Block")
          .getMethod("run", MultiLayerNetwork.class, JavaRDD.class, Path.class)
          .invoke(null, net, batches(), folder.resolve("checkpoints" + number));
    }
  }

  private static void compile(String source, Path classes) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var file =
        new SimpleJavaFileObject(URI.create("string:///Block.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of("-cp", System.getProperty("java.class.path"), "-d", classes.toString());
    assertThat(compiler.getTask(null, null, null, options, null, List.of(file)).call()).isTrue();
  }
}
