package org.lowbit4j.cuda;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.SizeTPointer;
import org.lowbit4j.rule.UpdateRule;

/**
 * A CUDA driver whose device is this CPU, under the library's own launch path: {@code
 * nd4j-ops/src/test/cpp}. It runs kernels from their C++ source, or from the PTX that the library
 * ships, translated.
 */
public final class Emulation {

  /** What kernels are made of. */
  enum Kind {
    SOURCE,
    PTX
  }

  public static final String COMPILER = "g++";
  private static final Path SOURCES = Path.of("nd4j-ops/src/main/cpp").toAbsolutePath();
  private static final Path SCRIPTS = Path.of("nd4j-ops/src/test").toAbsolutePath();
  private static final Path OWN = Path.of("nd4j-ops/src/test/cpp").toAbsolutePath();

  /** Per process: test classes run in two. */
  private static final Path FOLDER =
      Path.of("target/cuda-emulation/" + ProcessHandle.current().pid()).toAbsolutePath();

  /** What both need. */
  private static final Path KEPT = Path.of("target/cuda-emulation/kept").toAbsolutePath();

  private static final Set<String> BUILT = new HashSet<>();
  private static boolean loaded;

  private Emulation() {}

  /** Why there is no emulation here, or null. */
  static String missing() {
    boolean linux = System.getProperty("os.name").equals("Linux");
    boolean x86 = System.getProperty("os.arch").equals("amd64");
    return linux && x86 && compilerIsOnThePath()
        ? null
        : "CUDA kernels are NOT TESTED: their emulation needs Linux on x86-64 and " + COMPILER;
  }

  public static boolean compilerIsOnThePath() {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, COMPILER)));
  }

  /** Lets the driver run kernels of a kind, and builds those of a rule. */
  static synchronized void use(Kind kind, UpdateRule rule) {
    load();
    build(kind, CudaSource.clip());
    build(kind, CudaSource.of(rule));
    seed(kind, 1);
  }

  /** Lets the driver run kernels of a kind, and builds those of arrays in 8 bits. */
  static synchronized void useQuantizer(Kind kind) {
    load();
    build(kind, CudaSource.quantize());
    seed(kind, 1);
  }

  /** Puts the kernels of one rule in the place of all others'. */
  static synchronized void useForAll(UpdateRule rule) {
    use(Kind.SOURCE, rule);
    write(FOLDER.resolve("control"), id(Kind.SOURCE) + " 1 " + rule.name());
    CudaUpdates.forget();
  }

  /** Kernels in which the first thread block does what is the last one's. */
  static synchronized void useTooEarly(UpdateRule rule) {
    load();
    Path faulty = FOLDER.resolve("early-source");
    execute(SCRIPTS.resolve("faulty-copy.sh").toString(), "first-block", faulty.toString());
    build(Kind.SOURCE, CudaSource.clip(), "early", faulty);
    build(Kind.SOURCE, CudaSource.of(rule), "early", faulty);
    write(FOLDER.resolve("control"), "early 1");
    CudaUpdates.forget();
  }

  /** Chooses a schedule. */
  static void seed(Kind kind, long seed) {
    write(FOLDER.resolve("control"), id(kind) + " " + seed);
    CudaUpdates.forget();
  }

  /** Lets the driver give no more than so many bytes of pinned memory at once. */
  static synchronized void pinnable(long bytes) {
    load();
    write(FOLDER.resolve("pinnable"), Long.toString(bytes));
  }

  /** Lets the driver give pinned memory an address on the device, or not. */
  static synchronized void mapped(boolean mapped) throws IOException {
    load();
    Files.deleteIfExists(FOLDER.resolve("unmapped"));
    if (!mapped) {
      Files.createFile(FOLDER.resolve("unmapped"));
    }
  }

  /**
   * Puts the driver and a module's kernels, from PTX, into another folder, for programs that load
   * the driver by its name.
   *
   * @param name of the module, as its first line has it
   */
  static synchronized void export(String name, String ptx, Path folder) throws IOException {
    load();
    build(Kind.PTX, name, ptx);
    Files.createDirectories(folder);
    for (String file : List.of("libcuda.so.1", id(Kind.PTX) + "-" + name + ".so")) {
      Files.copy(FOLDER.resolve(file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    write(folder.resolve("control"), id(Kind.PTX) + " 1");
  }

  /** What was launched since the last call: name, grid, threads, and counts for translated PTX. */
  static List<String> launches() throws IOException {
    Path file = FOLDER.resolve("launches");
    List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
    Files.deleteIfExists(file);
    return lines;
  }

  /** Bytes that are allocated on the device, or for it. */
  static long memoryInUse() {
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      Driver.check(cudart.cuMemGetInfo(free, total), "cuMemGetInfo");
      return total.get() - free.get();
    }
  }

  /** Loads the driver before anything else can be found under its name. */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    try {
      Files.createDirectories(FOLDER);
      Path driver = FOLDER.resolve("libcuda.so.1");
      Path runtime = FOLDER.resolve("libcudart.so.11.0");
      compile(
          driver,
          "-O2",
          "-Wl,-soname,libcuda.so.1",
          OWN.resolve("cuda_emulation.cpp").toString(),
          OWN.resolve("fake_driver.cpp").toString(),
          "-ldl");
      Path empty = Files.writeString(FOLDER.resolve("empty.cpp"), "");
      compile(
          runtime,
          "-Wl,-soname,libcudart.so.11.0",
          "-Wl,--version-script=" + OWN.resolve("fake_runtime.map"),
          empty.toString());
      System.load(driver.toString());
      System.load(runtime.toString());
      Runtime.getRuntime().addShutdownHook(new Thread(Emulation::delete));
      loaded = true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void build(Kind kind, CudaSource source) {
    if (kind == Kind.PTX) {
      build(kind, source.name(), CudaModules.committed(source.name()));
    } else {
      build(kind, source, id(kind), SOURCES);
    }
  }

  private static void build(Kind kind, String module, String ptx) {
    String name = id(kind) + "-" + module;
    if (BUILT.add(name)) {
      Path cpp = FOLDER.resolve(name + ".cpp");
      write(cpp, PtxTranslator.toCpp(ptx));
      build(name, read(cpp), List.of(cpp.toString()));
    }
  }

  private static void build(Kind kind, CudaSource source, String prefix, Path sources) {
    String name = prefix + "-" + source.name();
    if (!BUILT.add(name)) {
      return;
    }
    Path cpp = OWN.resolve(source.name() + "_module.cpp");
    if (!Files.exists(cpp)) {
      cpp = OWN.resolve("update_module.cpp");
    }
    List<String> arguments = new ArrayList<>();
    for (String option : source.options()) {
      if (option.startsWith("--define-macro=")) {
        arguments.add("-D" + option.substring(option.indexOf('=') + 1));
      }
    }
    arguments.add("-I" + sources);
    arguments.add(cpp.toString());
    build(name, source.text() + read(cpp), arguments);
  }

  /** Compiles a module, unless there is one of this text and these arguments from before. */
  private static void build(String name, String text, List<String> ofModule) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-O1",
                "-ffp-contract=off",
                "-fno-strict-aliasing",
                "-Wno-unknown-pragmas",
                "-Wno-unused"));
    arguments.addAll(ofModule);
    Path kept = KEPT.resolve(hash(text + headers() + arguments) + ".so");
    try {
      if (!Files.exists(kept)) {
        Files.createDirectories(KEPT);
        Path fresh = FOLDER.resolve(name + ".fresh");
        arguments.add(FOLDER.resolve("libcuda.so.1").toString());
        compile(fresh, arguments.toArray(new String[0]));
        Files.move(fresh, kept, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.copy(kept, FOLDER.resolve(name + ".so"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String headers() {
    return read(OWN.resolve("cuda_emulation.h")) + read(OWN.resolve("ptx.h"));
  }

  private static String hash(String text) {
    return UUID.nameUUIDFromBytes(
            text.replace(FOLDER.toString(), "").getBytes(StandardCharsets.UTF_8))
        .toString();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void compile(Path output, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(COMPILER, "-std=c++17", "-fPIC", "-shared", "-Wall", "-I" + OWN));
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("-o", output.toString()));
    execute(command.toArray(new String[0]));
  }

  private static void execute(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError(String.join(" ", command) + "\n" + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String id(Kind kind) {
    return kind == Kind.PTX ? "ptx" : "source";
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete() {
    try (var files = Files.walk(FOLDER)) {
      for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // What is left lies under target.
      System.err.println(e);
    }
  }
}
