package org.lowbit4j.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lowbit4j.PagedNetworks;

/**
 * Every Java block of README and docs compiles and runs: whole programs by themselves, fragments on
 * a small network. A comment before a block says where it cannot.
 */
class CodeBlocksTest {

  /** What a fragment may use without saying so: imports, and the names of {@link Fixture}. */
  private static final String FRAME =
      """
      import java.io.File;
      import java.nio.file.*;
      import java.util.*;
      import org.deeplearning4j.earlystopping.*;
      import org.deeplearning4j.earlystopping.scorecalc.*;
      import org.deeplearning4j.earlystopping.termination.*;
      import org.deeplearning4j.nn.conf.*;
      import org.deeplearning4j.nn.conf.layers.*;
      import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
      import org.deeplearning4j.nn.updater.*;
      import org.deeplearning4j.parallelism.ParallelWrapper;
      import org.deeplearning4j.util.ModelSerializer;
      import org.lowbit4j.*;
      import org.lowbit4j.codec.QuantMap;
      import org.lowbit4j.layers.*;
      import org.lowbit4j.parallel.*;
      import org.lowbit4j.updater.*;
      import org.nd4j.autodiff.samediff.TrainingConfig;
      import org.nd4j.linalg.activations.Activation;
      import org.nd4j.linalg.api.buffer.DataType;
      import org.nd4j.linalg.api.ndarray.INDArray;
      import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
      import org.nd4j.linalg.factory.Nd4j;
      import org.nd4j.linalg.learning.GradientUpdater;
      import org.nd4j.linalg.learning.config.*;
      import org.nd4j.linalg.schedule.*;
      public class Block {
        public static MultiLayerConfiguration conf = org.lowbit4j.docs.Fixture.configuration();
        public static MultiLayerNetwork net = org.lowbit4j.docs.Fixture.network();
        public static DataSetIterator data = org.lowbit4j.docs.Fixture.data();
        public static void run(File file, Path folder) throws Exception {
          ModelSerializer.writeModel(net, file, true);
      %s
        }
      }
      """;

  static Stream<Page.Block> blocks() throws IOException {
    return Page.all().stream()
        .flatMap(page -> page.blocks("java").stream())
        .filter(block -> !block.exception().equals("not compiled"));
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void itCompilesAndRuns(Page.Block block, @TempDir Path folder) throws Exception {
    if (isProgram(block)) {
      compile("First", block.code(), folder);
      return; // run below
    }
    compile("Block", FRAME.formatted(block.code()), folder);
    if (!block.exception().equals("not run")) {
      assumeTrue(
          PagedNetworks.isPagingHere() || !block.code().contains("onDisk"),
          "SKIPPED, there is no paging");
      try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
        run(loader.loadClass("Block"), folder);
      }
    }
  }

  private static void run(Class<?> compiled, Path folder) throws Exception {
    File file = folder.resolve("network.zip").toFile();
    try {
      compiled.getMethod("run", File.class, Path.class).invoke(null, file, folder);
    } catch (InvocationTargetException e) {
      throw new AssertionError("It threw.", e.getCause());
    }
  }

  /** What docs/checkpoints.md says of machines without this library. */
  @Test
  void aShippedNetworkNamesNoClassOfThisLibrary(@TempDir Path folder) throws Exception {
    Page.Block block =
        Page.read(Path.of("docs/checkpoints.md")).blocks("java").stream()
            .filter(b -> b.code().contains("NoOp"))
            .findFirst()
            .orElseThrow();
    compile("Block", FRAME.formatted(block.code()), folder);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      run(loader.loadClass("Block"), folder);
    }
    try (ZipFile zip = new ZipFile(folder.resolve("network.zip").toFile())) {
      byte[] json = zip.getInputStream(zip.getEntry("configuration.json")).readAllBytes();
      assertThat(new String(json, StandardCharsets.UTF_8))
          .contains("NoOp")
          .doesNotContain("lowbit4j");
      assertThat(zip.getEntry("updaterState.bin")).isNull();
    }
  }

  @Test
  void theFirstProgramPrintsWhatIsPromised(@TempDir Path folder) throws Exception {
    Page page = Page.read(Path.of("docs/getting-started.md"));
    Page.Block program = page.blocks("java").stream().filter(b -> isProgram(b)).findFirst().get();
    compile("First", program.code(), folder);
    Path output = folder.resolve("output.txt");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = folder + File.pathSeparator + System.getProperty("java.class.path");
    ProcessBuilder builder = new ProcessBuilder(java, "-Xmx512m", "-cp", classes, "First");
    builder.environment().put("OMP_NUM_THREADS", "1");
    Process process =
        builder
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    String promised =
        page.blocks("text").stream()
            .filter(block -> block.code().startsWith("Epoch 1"))
            .findFirst()
            .orElseThrow()
            .code();
    assertThat(lastDigitsAside(Files.readString(output))).isEqualTo(lastDigitsAside(promised));
  }

  /** Matrix products differ in their last bits from processor to processor. */
  private static String lastDigitsAside(String text) {
    return text.replace(System.lineSeparator(), "\n").replaceAll("\\.\\d+", ".#");
  }

  private static boolean isProgram(Page.Block block) {
    return block.code().startsWith("import ");
  }

  private static void compile(String name, String source, Path folder) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter errors = new StringWriter();
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of(
            "--release",
            "11",
            "-proc:none",
            "-Xlint:-options",
            "-d",
            folder.toString(),
            "-cp",
            System.getProperty("java.class.path"));
    boolean compiled = compiler.getTask(errors, null, null, options, null, List.of(file)).call();
    assertThat(compiled).as("%s%n%s", source, errors).isTrue();
  }
}
