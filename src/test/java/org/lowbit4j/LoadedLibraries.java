package org.lowbit4j;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lowbit4j.kernel.Kernels;
import org.lowbit4j.paging.PageFile;
import org.nd4j.linalg.factory.Nd4j;

/** Has lowbit4j load its libraries before anything was asked of ND4J, and lists what is mapped. */
public final class LoadedLibraries {

  static final String KERNEL = "kernel in use: ";
  static final String OPENMP = "mapped: ";

  private LoadedLibraries() {}

  /**
   * @param args {@code paging} for the library of paged state to be the first
   * @throws IOException if Linux does not tell
   */
  public static void main(String[] args) throws IOException {
    if (List.of(args).contains("paging")) {
      PageFile.load();
    }
    System.out.println(KERNEL + Kernels.description());
    Nd4j.ones(100, 100).mmul(Nd4j.ones(100, 100));
    Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .map(line -> line.replaceFirst("^[^/]*", ""))
        .filter(file -> file.contains("libgomp"))
        .distinct()
        .forEach(file -> System.out.println(OPENMP + file));
  }
}
