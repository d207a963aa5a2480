package org.lowbit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The PTX that the library ships is made from the sources beside it, and nobody edited it. */
class PtxManifestTest {

  private static final Path FOLDER = Path.of("src/main/resources/org/lowbit4j/cuda/generated");

  private static final String REMEDY =
      "Compile the CUDA kernels anew and commit the result: mvn -Pptx test-compile exec:exec";

  @Test
  void ptxIsThatOfTheseSources() throws IOException {
    PtxManifest manifest = new PtxManifest();
    PtxGenerator.modules()
        .forEach((name, source) -> manifest.put(source, CudaModules.committed(name)));
    assertThat(PtxManifest.read(FOLDER)).as(REMEDY).isEqualTo(manifest.lines());
  }

  @Test
  void everyFileIsAModule() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".ptx")))
          .containsExactlyInAnyOrderElementsOf(
              PtxGenerator.modules().keySet().stream().map(name -> name + ".ptx").toList());
    }
  }

  @Test
  void commentsAndWhiteSpaceAreNoInput() {
    String bare = "#define A 1\nint f() {\nreturn 1'000 / A; }";
    assertThat(CppText.normalized(bare)).isEqualTo(bare);
    assertThat(
            CppText.normalized(
                "// Why.\n#define A 1  // One.\r\n/* Two\n * lines. */\n  int /* one */ f() {\n"
                    + "\t// Don't.\n    return 1'000 / A; }\n"))
        .isEqualTo(bare);
  }

  @Test
  void codeIsInput() {
    assertThat(CppText.normalized("a = b / c; // d")).isEqualTo("a = b / c;");
    String literals = "f(\"// no \\\"  comment\", '\"', \"/* nor this */\");";
    assertThat(CppText.normalized(literals)).isEqualTo(literals);
    assertThat(CppText.normalized("int a;")).isNotEqualTo(CppText.normalized("inta;"));
    assertThat(CppText.normalized("#define A\n1")).isNotEqualTo(CppText.normalized("#define A 1"));
  }
}
