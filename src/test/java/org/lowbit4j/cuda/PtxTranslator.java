package org.lowbit4j.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns PTX into C++ for the emulation, one statement per instruction, so that what the driver is
 * given is what the tests run. What it does not know is an error.
 *
 * <p>Semantics: NVIDIA, Parallel Thread Execution ISA 7.6. Helpers are in {@code ptx.h}.
 */
final class PtxTranslator {

  private static final Pattern ENTRY = Pattern.compile("\\.visible \\.entry (\\w+)\\(");
  private static final Pattern REGISTERS = Pattern.compile("\\.reg \\.(\\w+)\\s+%(\\w+)<(\\d+)>;");
  private static final Pattern SHARED =
      Pattern.compile("\\.shared \\.align (\\d+) \\.b8 (\\w+)\\[(\\d+)];");
  private static final Pattern SHARED_SCALAR =
      Pattern.compile("\\.shared \\.align (\\d+) \\.(?:f32|b32|u32) (\\w+);");
  private static final Pattern LABEL = Pattern.compile("\\$(\\w+):");
  private static final Pattern INSTRUCTION =
      Pattern.compile("(?:@(!?)%p(\\d+)\\s+)?([a-z][\\w.]*)\\s*(.*);");
  private static final Pattern IGNORED =
      Pattern.compile(
          "//.*|\\.version 7\\.6|\\.target sm_50|\\.address_size 64|\\.global [^%]*;"
              + "|\\.param .*|\\)|\\{|\\.maxntid .*|\\.pragma .*|");

  private static final Map<String, String> REGISTER_TYPES =
      Map.of(
          "pred",
          "bool",
          "b16",
          "uint16_t",
          "b32",
          "uint32_t",
          "b64",
          "uint64_t",
          "f32",
          "float",
          "f64",
          "double");

  /** Kinds of instructions that are counted, by index. */
  static final List<String> COUNTS =
      List.of("all", "load bytes", "store bytes", "table bytes", "shared", "shuffles", "barriers");

  private final StringBuilder out = new StringBuilder("#include \"ptx.h\"\n");
  private final List<String> kernels = new ArrayList<>();
  private String kernel;

  /** Bytes of shared memory so far, of all kernels. */
  private int shared;

  private PtxTranslator() {}

  /**
   * Translates a module.
   *
   * @throws IllegalArgumentException at the first line that is not understood
   */
  static String toCpp(String ptx) {
    PtxTranslator translator = new PtxTranslator();
    int number = 0;
    for (String line : ptx.split("\n")) {
      number++;
      try {
        translator.line(line.trim());
      } catch (RuntimeException e) {
        throw new IllegalArgumentException("line " + number + ": " + line.trim(), e);
      }
    }
    return translator.finish();
  }

  private String finish() {
    out.append("EMULATED_PTX_MODULE(");
    for (String name : kernels) {
      out.append(name.equals(kernels.get(0)) ? "" : ", ");
      out.append("{\"").append(name).append("\", ").append(name).append("}");
    }
    return out.append(")\n").toString();
  }

  private void line(String line) {
    Matcher m = ENTRY.matcher(line);
    if (m.matches()) {
      kernel = m.group(1);
      kernels.add(kernel);
      out.append("static void ").append(kernel).append("(const void* parameters) {\n");
      return;
    }
    if (line.equals("}")) {
      out.append("}\n");
      return;
    }
    m = REGISTERS.matcher(line);
    if (m.matches()) {
      registers(m.group(1), m.group(2), Integer.parseInt(m.group(3)));
      return;
    }
    m = SHARED.matcher(line);
    if (m.matches()) {
      shared(m.group(1), m.group(2), m.group(3));
      return;
    }
    m = SHARED_SCALAR.matcher(line);
    if (m.matches()) {
      shared(m.group(1), m.group(2), "4");
      return;
    }
    m = LABEL.matcher(line);
    if (m.matches()) {
      out.append(m.group(1)).append(":;\n");
      return;
    }
    if (IGNORED.matcher(line).matches()) {
      return;
    }
    m = INSTRUCTION.matcher(line);
    if (!m.matches()) {
      throw new IllegalArgumentException("not understood");
    }
    if (m.group(2) != null) {
      out.append("if (").append(m.group(1)).append("p").append(m.group(2)).append(") ");
    }
    out.append("{ COUNT(0, 1); ");
    out.append(new PtxInstruction(kernel, m.group(3), m.group(4)).toCpp()).append(" }\n");
  }

  private void registers(String type, String name, int n) {
    PtxInstruction.require(PtxInstruction.declared(name).equals(REGISTER_TYPES.get(type)));
    out.append(PtxInstruction.declared(name)).append(" ");
    for (int i = 0; i < n; i++) {
      out.append(i == 0 ? "" : ", ").append(name).append(i);
    }
    out.append(";\n");
  }

  private void shared(String alignment, String name, String bytes) {
    out.append(
        String.format(
            "static_assert(%s <= 16 && %d <= emulation::SHARED_BYTES);\n#define %s (emulation::running->block->shared + %d)\n",
            alignment, shared + Integer.parseInt(bytes), name, shared));
    shared += (Integer.parseInt(bytes) + 15) / 16 * 16;
  }
}
