package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Native libraries that are missing, of another machine or build, or damaged; lowbit4j twice. */
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
  private Path overlay(String fault) throws Exception {
    Path overlay = folder.resolve(fault);
    for (Path library : libraries()) {
      Path copy = overlay.resolve(classes.relativize(library).toString());
      Files.createDirectories(copy.getParent());
      Files.write(copy, spoilt(Files.readAllBytes(library), fault));
    }
    return overlay;
  }

  private static byte[] spoilt(byte[] library, String fault) throws Exception {
    switch (fault) {
      case "foreign":
        library[MACHINE_AT] = RISCV;
        return library;
      case "of Windows":
        return Arrays.copyOf(new byte[] {'M', 'Z'}, library.length);
      case "truncated":
        return Arrays.copyOf(library, library.length / 2);
      case "empty":
        return new byte[0];
      default:
        return ofAnotherBuild(library);
    }
  }

  /** Its number, a constant in the code of a function, is another one. */
  private static byte[] ofAnotherBuild(byte[] library) throws Exception {
    for (String binding : List.of("kernel.NativeOps", "paging.NativePages")) {
      Field abi = Class.forName("org.lowbit4j." + binding).getDeclaredField("ABI");
      abi.setAccessible(true);
      byte[] number =
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(abi.getInt(null)).array();
      for (int at = 0; at + 4 <= library.length; at++) {
        if (Arrays.equals(library, at, at + 4, number, 0, 4)) {
          library[at] ^= 1;
        }
      }
    }
    return library;
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
    assertThat(said(output, KernelReport.PAGING)).contains("native library of lowbit4j", cause);
    assertThat(said(output, KernelReport.FAILURE)).contains(cause);
  }

  private static void assertNativeKernelServes(String output) {
    assertThat(said(output, KernelReport.KERNEL)).startsWith("native");
    assertThat(said(output, KernelReport.RESULT)).isEqualTo("" + KernelReport.result());
    assertThat(said(output, KernelReport.PAGING)).isEqualTo("ready");
  }

  @ParameterizedTest
  @CsvSource({
    "foreign, is no library for linux",
    "of Windows, is no library for linux",
    "truncated, or more",
    "empty, has 0 bytes of 64 or more",
    "of another build, is of another build than the classes",
  })
  void theJavaKernelServesAndTheCauseIsSaid(String fault, String cause) throws Exception {
    Process process = ChildJvm.start(List.of(overlay(fault)), KernelReport.class);
    assertJavaKernelServes(ChildJvm.outputOf(process), cause);
  }

  /** As in a jar that was built without a compiler. */
  @Test
  @Tag("slow")
  void theJavaKernelServesWithoutALibrary() throws Exception {
    Path jar = jar("without.jar", "none");
    Process process = ChildJvm.startWith(inPlaceOfClasses(jar), KernelReport.class);
    assertJavaKernelServes(ChildJvm.outputOf(process), "was built without");
  }

  /** Java reads an entry without comparing its checksum; this one would end the process. */
  @Test
  void aJarWithOtherBytesThanItsChecksumsTellIsSaidToBeDamaged() throws Exception {
    Path jar = jar("damaged.jar", "");
    byte[] bytes = Files.readAllBytes(jar);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    for (Path library : libraries()) {
      // Behind its header; as it stands there, packed by nothing.
      int at = text.indexOf(classes.relativize(library).toString());
      int size = (int) Files.size(library);
      for (int i = size / 3; i < size / 2; i++) {
        bytes[at + i] ^= 0x5A;
      }
    }
    Files.write(jar, bytes);
    Process process = ChildJvm.startWith(inPlaceOfClasses(jar), KernelReport.class);
    assertJavaKernelServes(ChildJvm.outputOf(process), "the jar is damaged, get it anew");
  }

  @Test
  @Tag("slow")
  void twoJarsAreAsGoodAsOne() throws Exception {
    Path first = jar("first.jar", "");
    Path second = jar("second.jar", "of another build");
    String both = inPlaceOfClasses(first) + File.pathSeparator + second;
    assertNativeKernelServes(ChildJvm.outputOf(ChildJvm.startWith(both, KernelReport.class)));
  }

  /** The first one's classes find the other's library. */
  @Test
  @Tag("slow")
  void aJarWithoutLibraryBesideAnotherBuildSaysSo() throws Exception {
    Path first = jar("first.jar", "none");
    Path second = jar("second.jar", "of another build");
    String both = inPlaceOfClasses(first) + File.pathSeparator + second;
    Process process = ChildJvm.startWith(both, KernelReport.class);
    assertJavaKernelServes(ChildJvm.outputOf(process), "second.jar!/");
  }

  /** JavaCPP's cache knows a library by jar, size and time, which reproducible builds share. */
  @Test
  @Tag("slow")
  void whatTheCacheHasOfAnotherBuildOrDamagedIsNotLoaded() throws Exception {
    Path cache = cache();
    Path jar = jar("lowbit4j.jar", "of another build");
    long time = Files.getLastModifiedTime(jar).toMillis();
    long size = Files.size(jar);
    assertJavaKernelServes(report(jar, cache), "is of another build");
    jar("lowbit4j.jar", "");
    assertThat(Files.size(jar)).isEqualTo(size);
    assertThat(jar.toFile().setLastModified(time)).isTrue();
    assertNativeKernelServes(report(jar, cache));
    try (Stream<Path> files = Files.walk(cache.resolve("lowbit4j"))) {
      for (Path library : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(library);
        Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0);
        Files.write(library, bytes);
      }
    }
    assertNativeKernelServes(report(jar, cache));
  }

  @Test
  @Tag("slow")
  void withoutACacheThatCanBeWrittenATemporaryFolderServes() throws Exception {
    Path cache = cache();
    Files.createFile(cache.resolve("lowbit4j")); // no folder can be made in its place
    Path jar = jar("lowbit4j.jar", "");
    assertNativeKernelServes(report(jar, cache));
    String noFolder = "-Djava.io.tmpdir=" + folder.resolve("none");
    assertJavaKernelServes(report(jar, cache, noFolder), "-Dorg.bytedeco.javacpp.cachedir=");
  }

  private String report(Path jar, Path cache, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("-Dorg.bytedeco.javacpp.cachedir=" + cache);
    return ChildJvm.outputOf(ChildJvm.startWith(all, inPlaceOfClasses(jar), KernelReport.class));
  }

  /** An own cache, with what ND4J has in that of this process: it is large. */
  private Path cache() throws IOException {
    Path from = Loader.getCacheDir().toPath();
    Path cache = Files.createDirectory(folder.resolve("cache"));
    try (Stream<Path> entries = Files.walk(from)) {
      for (Path entry : entries.filter(e -> !from.relativize(e).startsWith("lowbit4j")).toList()) {
        Path copy = cache.resolve(from.relativize(entry));
        // JavaCPP makes the links itself, to the cache in use.
        if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectories(copy.getParent());
          Files.createLink(copy, entry);
        }
      }
    } catch (UnsupportedOperationException | FileSystemException e) {
      Assumptions.abort("SKIPPED: the cache is on another disk: " + e);
    }
    return cache;
  }

  /** ND4J's comes first, whichever of ours is asked for first. */
  @ParameterizedTest
  @ValueSource(strings = {"", "paging"})
  void oneOpenMpIsLoaded(String first) throws Exception {
    String[] arguments = first.isEmpty() ? new String[0] : new String[] {first};
    String output = ChildJvm.outputOf(ChildJvm.start(List.of(), LoadedLibraries.class, arguments));
    assertThat(said(output, LoadedLibraries.KERNEL)).startsWith("native");
    assertThat(output.lines().filter(line -> line.startsWith(LoadedLibraries.OPENMP))).hasSize(1);
  }

  private String inPlaceOfClasses(Path jar) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().equals(classes) ? jar.toString() : entry)
        .reduce((a, b) -> a + File.pathSeparator + b)
        .orElseThrow();
  }

  /** With libraries as they are, spoilt, or "none"; all entries are of the same time. */
  private Path jar(String name, String fault) throws Exception {
    Path jar = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out);
        Stream<Path> files = Files.walk(classes)) {
      entries.setLevel(Deflater.NO_COMPRESSION); // of the same size, too
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        boolean library = file.toString().endsWith(".so");
        if (!library || !fault.equals("none")) {
          JarEntry entry = new JarEntry(classes.relativize(file).toString());
          entry.setTime(0);
          entries.putNextEntry(entry);
          byte[] bytes = Files.readAllBytes(file);
          entries.write(library && !fault.isEmpty() ? spoilt(bytes, fault) : bytes);
        }
      }
    }
    return jar;
  }
}
