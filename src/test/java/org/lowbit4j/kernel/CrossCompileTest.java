package org.lowbit4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script that builds the libraries of all platforms, with compilers that write what they were
 * told; folders have spaces in their names.
 */
class CrossCompileTest {

  private static final Path SCRIPTS = Path.of("nd4j-ops/src/main/sh").toAbsolutePath();
  private static final List<String> PLATFORMS =
      List.of("linux-x86_64", "linux-arm64", "windows-x86_64", "macosx-x86_64", "macosx-arm64");

  /**
   * Says its version; else writes its options to what stands behind -o, and leaves a file there.
   */
  private static final String COMPILER =
      "#!/usr/bin/env bash\n"
          + "if [[ $1 == *version ]]; then echo 1; exit; fi\n"
          + "for option; do [[ ${last:-} == -o ]] && out=$option; last=$option; done\n"
          + "echo \"$*\" > \"$out\"\n"
          + "touch \"${out%.*}.lib\"\n";

  @TempDir private Path folder;

  private Path classes;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void makeCompilersAndSources() throws IOException {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "SKIPPED: no Linux");
    classes = folder.resolve("the classes");
    Path compilers = Files.createDirectories(folder.resolve("the compilers"));
    for (String name :
        List.of(
            "g++",
            "x86_64-linux-gnu-g++",
            "aarch64-linux-gnu-g++",
            "x86_64-w64-mingw32-g++-posix",
            "zig")) {
      Files.writeString(compilers.resolve(name), COMPILER);
      Files.setPosixFilePermissions(
          compilers.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    environment.put("PATH", compilers + ":" + System.getenv("PATH"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("ZIG", "zig");
    environment.put("OWN", "true");
    Path sources = Files.createDirectories(folder.resolve("the sources"));
    for (String name : List.of("jniNativeOps", "jniNativePages", "jnijavacpp")) {
      Files.writeString(sources.resolve(name + ".cpp"), "// " + name + "\n");
    }
  }

  @Test
  void allPlatformsAreBuiltAndNothingElseIsLeft() throws Exception {
    String said = run();
    assertThat(said.lines()).hasSize(7).allMatch(line -> line.contains(" built in "));
    assertThat(PLATFORMS).allSatisfy(platform -> assertThat(said).contains("platform " + platform));
    try (Stream<Path> files = Files.walk(classes)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(7);
    }
    try (Stream<Path> files = Files.walk(folder.resolve("the cache"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".lib"))).isEmpty();
    }
  }

  @Test
  void whatIsUpToDateIsNotBuiltAgain() throws Exception {
    run();
    assertThat(run().lines()).hasSize(7).allMatch(line -> line.contains(" up to date, "));
    environment.put("OPTIMIZE", "-O1");
    assertThat(run().lines()).allMatch(line -> line.contains(" built in "));
    Files.writeString(folder.resolve("the sources/jnijavacpp.cpp"), "// another\n");
    assertThat(run().lines()).allMatch(line -> line.contains(" built in "));
  }

  @Test
  void whatHasNoCompilerIsLeftOut() throws Exception {
    environment.put("ZIG", folder + "/no zig");
    assertThat(run("linux-arm64", "macosx-arm64"))
        .contains("platform linux-arm64: libjniNativeOps.so built in")
        .contains("platform macosx-arm64: LEFT OUT, there is no " + folder + "/no zig");
  }

  /** With native.skip, or without g++, Maven has built none. */
  @Test
  void theMachinesOwnIsLeftOutWhereItWasNotBuiltWithTheClasses() throws Exception {
    environment.put("OWN", "false");
    String own = System.getProperty("os.arch").equals("aarch64") ? "linux-arm64" : "linux-x86_64";
    assertThat(run(own)).contains("platform " + own + ": LEFT OUT, ");
    Path library = classes.resolve("org/lowbit4j/kernel/" + own + "/libjniNativeOps.so");
    Files.createDirectories(library.getParent());
    Files.writeString(library, "of Maven's");
    assertThat(run(own)).contains("this machine's own, built with the classes");
    assertThat(library).hasContent("of Maven's");
  }

  /** JavaCPP writes methods and members in the order in which a JVM happens to list them. */
  @Test
  void theOrderOfMethodsAndMembersMakesNoDifference() throws Exception {
    String method = "JNIEXPORT void JNICALL Java_org_%s(JNIEnv* env) {\n  f(\"%s\");\n}\n\n";
    String table = "static int JavaCPP_%s[1][3] = {\n        { -1, %s } };\n\n";
    String a = String.format(method, "a", "a");
    String b = String.format(method, "b", "b");
    String first =
        String.format(table, "offsets", "offsetof(S, a), offsetof(S, b)") + a + b + "}\n";
    String second =
        String.format(table, "offsets", "offsetof(S, b), offsetof(S, a)") + b + a + "}\n";
    assertThat(canonical(first)).isEqualTo(canonical(second)).contains("{ -1, offsetof(S, a), ");
    assertThat(canonical(first).lines().filter(line -> !line.isEmpty()).sorted())
        .isEqualTo(first.lines().filter(line -> !line.isEmpty()).sorted().toList());
  }

  private String canonical(String source) throws Exception {
    Path file = Files.writeString(folder.resolve("one.cpp"), source);
    return output("awk", "-f", SCRIPTS.resolve("canonical.awk").toString(), file.toString());
  }

  private String run(String... platforms) throws Exception {
    Stream<String> command =
        Stream.of(
            "bash",
            SCRIPTS.resolve("cross-compile.sh").toString(),
            folder.resolve("the sources").toString(),
            classes.toString(),
            folder.resolve("the cache").toString());
    return output(Stream.concat(command, Stream.of(platforms)).toArray(String[]::new));
  }

  private String output(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
