package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every Java block of the README compiles against the library, and every command of it is in CI.
 */
class ReadmeTest {

  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);

  private static final String FRAME =
      "import java.io.File;\n"
          + "import java.nio.file.Path;\n"
          + "import org.deeplearning4j.nn.conf.*;\n"
          + "import org.deeplearning4j.nn.conf.layers.*;\n"
          + "import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;\n"
          + "import org.deeplearning4j.nn.updater.*;\n"
          + "import org.deeplearning4j.util.ModelSerializer;\n"
          + "import org.lowbit4j.*;\n"
          + "import org.lowbit4j.codec.QuantMap;\n"
          + "import org.lowbit4j.layers.*;\n"
          + "import org.lowbit4j.updater.*;\n"
          + "import org.nd4j.autodiff.samediff.TrainingConfig;\n"
          + "import org.nd4j.linalg.activations.Activation;\n"
          + "import org.nd4j.linalg.api.buffer.DataType;\n"
          + "import org.nd4j.linalg.api.ndarray.INDArray;\n"
          + "import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;\n"
          + "import org.nd4j.linalg.schedule.*;\n"
          + "class Block%d {\n  MultiLayerConfiguration conf;\n"
          + "  void run(MultiLayerNetwork net, DataSetIterator data, File file) throws Exception {\n%s\n  }\n}\n";

  private static List<String> blocks(String language) throws IOException {
    return BLOCK
        .matcher(Files.readString(Path.of("README.md")))
        .results()
        .filter(m -> m.group(1).equals(language))
        .map((MatchResult m) -> m.group(2))
        .toList();
  }

  static Stream<String> javaBlocks() throws IOException {
    return blocks("java").stream();
  }

  @ParameterizedTest
  @MethodSource("javaBlocks")
  void javaBlocksCompile(String block, @TempDir Path folder) {
    int number = Math.abs(block.hashCode());
    String source = String.format(FRAME, number, block);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter errors = new StringWriter();
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///Block" + number + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of("-d", folder.toString(), "-classpath", System.getProperty("java.class.path"));
    boolean compiled = compiler.getTask(errors, null, null, options, null, List.of(file)).call();
    assertThat(compiled).as("%s%n%s", source, errors).isTrue();
  }

  @Test
  void commandsAreThoseOfCi() throws IOException {
    String ci = Files.readString(Path.of(".ci", "run"));
    List<String> commands =
        blocks("bash").stream().flatMap(String::lines).filter(l -> l.startsWith("mvn")).toList();
    assertThat(commands).hasSizeGreaterThanOrEqualTo(2);
    for (String command : commands) {
      // CI adds flags for quiet output and a smaller run; goals and profiles are the same.
      String goals = command.replaceAll("\\s(-q|-D\\S+=\"[^\"]*\")", "").replaceFirst("^mvn ", "");
      assertThat(ci.replaceAll("\\s(-B|-q|--no-transfer-progress)", "")).contains("mvn " + goals);
    }
  }
}
