package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Native libraries that are missing, of another machine or damaged; lowbit4j twice. */
class NativeLibraryFaultsTest {

  private static final int MACHINE_AT = 18;
  private static final byte RISCV = (byte) 243;

  @TempDir private Path folder;

  private Path classes;

  @BeforeEach
  void find() throws Exception {
    classes = Path.of(Adam8bit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    assumeTrue(Files.isDirectory(classes) && !libraries().isEmpty(), "SKIPPED: no native library");
  }

  private List<Path> libraries() throws IOException {
    try (Stream<Path> files = Files.walk(classes)) {
      return files.filter(file -> file.toString().endsWith(".so")).toList();
    }
  }

  /** A folder for the front of the class path, with libraries that are not what they were. */
  private Path overlay(String fault) throws IOException {
    Path overlay = folder.resolve(fault);
    for (Path library : libraries()) {
      byte[] bytes = Files.readAllBytes(library);
      if (fault.equals("foreign")) {
        bytes[MACHINE_AT] = RISCV;
      } else {
        bytes = Arrays.copyOf(bytes, bytes.length / 2);
      }
      Path copy = overlay.resolve(classes.relativize(library).toString());
      Files.createDirectories(copy.getParent());
      Files.write(copy, bytes);
    }
    return overlay;
  }

  private static String said(String output, String what) {
    return output
        .lines()
        .filter(line -> line.startsWith(what))
        .findFirst()
        .map(line -> line.substring(what.length()))
        .orElseThrow(() -> new AssertionError(output));
  }

  private static void assertJavaKernelServes(String output, String cause) {
    assertThat(said(output, KernelReport.KERNEL)).isEqualTo("java");
    assertThat(said(output, KernelReport.RESULT)).isEqualTo("" + KernelReport.result());
    assertThat(said(output, KernelReport.PAGING)).contains("native library of lowbit4j");
    assertThat(said(output, KernelReport.FAILURE)).contains(cause);
  }

  @ParameterizedTest
  @CsvSource({
    "foreign, libjniNativeOps.so",
    "truncated, or more",
  })
  void theJavaKernelServesAndTheCauseIsSaid(String fault, String cause) throws Exception {
    Process process = ChildJvm.start(List.of(overlay(fault)), KernelReport.class);
    assertJavaKernelServes(ChildJvm.outputOf(process), cause);
  }

  /** As in a jar that was built without a compiler. */
  @Test
  @Tag("slow")
  void theJavaKernelServesWithoutALibrary() throws Exception {
    Path jar = jar("without.jar", false);
    Process process = ChildJvm.startWith(inPlaceOfClasses(jar), KernelReport.class);
    assertJavaKernelServes(ChildJvm.outputOf(process), "was built without");
  }

  @Test
  @Tag("slow")
  void twoJarsAreAsGoodAsOne() throws Exception {
    Path first = jar("first.jar", true);
    Path second = jar("second.jar", true);
    String both = inPlaceOfClasses(first) + File.pathSeparator + second;
    String output = ChildJvm.outputOf(ChildJvm.startWith(both, KernelReport.class));
    assertThat(said(output, KernelReport.KERNEL)).startsWith("native");
    assertThat(said(output, KernelReport.RESULT)).isEqualTo("" + KernelReport.result());
    assertThat(said(output, KernelReport.PAGING)).isEqualTo("ready");
  }

  private String inPlaceOfClasses(Path jar) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().equals(classes) ? jar.toString() : entry)
        .reduce((a, b) -> a + File.pathSeparator + b)
        .orElseThrow();
  }

  private Path jar(String name, boolean withLibraries) throws IOException {
    Path jar = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (withLibraries || !file.toString().endsWith(".so")) {
          entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
          Files.copy(file, entries);
        }
      }
    }
    return jar;
  }
}
