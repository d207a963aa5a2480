package org.lowbit4j.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lowbit4j.rule.UpdateRule;

/**
 * The source of a CUDA module as one text, and what it is compiled with: the input of the run-time
 * compiler.
 */
final class CudaSource {

  /** The module of percentile clipping. */
  static final String CLIP = "clip";

  /** The module of arrays in 8 bits. */
  static final String QUANTIZE = "quantize";

  private static final String ROOT = "source/lowbit4j/";

  /** The bits: no contraction, IEEE division and square root, denormals kept. */
  private static final List<String> OPTIONS =
      Collections.unmodifiableList(
          Arrays.asList(
              "--std=c++17",
              "--gpu-architecture=compute_50",
              "--fmad=false",
              "--ftz=false",
              "--prec-div=true",
              "--prec-sqrt=true"));

  private final String name;
  private final List<String> options;
  private final String text;

  private CudaSource(String name, String file, List<String> options) {
    this.name = name;
    this.options = options;
    StringBuilder all = new StringBuilder();
    append(file, new HashSet<>(), all);
    this.text = all.toString();
  }

  /** The module of percentile clipping, which all optimizers share. */
  static CudaSource clip() {
    return new CudaSource(CLIP, "cuda/clip.cu", OPTIONS);
  }

  /** The module of arrays in 8 bits. */
  static CudaSource quantize() {
    return new CudaSource(QUANTIZE, "cuda/quantize.cu", OPTIONS);
  }

  /** The module of an optimizer's steps. */
  static CudaSource of(UpdateRule rule) {
    List<String> options = new ArrayList<>(OPTIONS);
    options.add("--define-macro=LB_RULE=" + rule.id());
    return new CudaSource(rule.name(), "cuda/update.cu", options);
  }

  String name() {
    return name;
  }

  List<String> options() {
    return options;
  }

  String text() {
    return text;
  }

  /** Replaces includes by the files, once each. */
  private static void append(String file, Set<String> seen, StringBuilder out) {
    String folder = file.substring(0, file.lastIndexOf('/') + 1);
    for (String line : read(file).split("\n", -1)) {
      if (line.equals("#pragma once")) {
        continue;
      }
      String include = included(line);
      // The emulation of the tests is not for GPUs.
      if (include == null || include.equals("cuda_emulation.h")) {
        out.append(line).append('\n');
      } else if (include.startsWith("../") && seen.add(include.substring(3))) {
        append(include.substring(3), seen, out);
      } else if (!include.startsWith("../") && seen.add(folder + include)) {
        append(folder + include, seen, out);
      }
    }
  }

  private static String included(String line) {
    String start = "#include \"";
    return line.startsWith(start) ? line.substring(start.length(), line.length() - 1) : null;
  }

  private static String read(String file) {
    try (InputStream in = CudaSource.class.getResourceAsStream(ROOT + file)) {
      if (in == null) {
        throw new IllegalStateException("The CUDA source " + file + " is not in the jar.");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the CUDA source " + file, e);
    }
  }
}
