package org.lowbit4j.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One instruction of PTX, as a statement of C++. */
final class PtxInstruction {

  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("pred", "bool"),
          Map.entry("u8", "uint8_t"),
          Map.entry("s8", "int8_t"),
          Map.entry("b8", "uint8_t"),
          Map.entry("u16", "uint16_t"),
          Map.entry("s16", "int16_t"),
          Map.entry("b16", "uint16_t"),
          Map.entry("u32", "uint32_t"),
          Map.entry("s32", "int32_t"),
          Map.entry("b32", "uint32_t"),
          Map.entry("u64", "uint64_t"),
          Map.entry("s64", "int64_t"),
          Map.entry("b64", "uint64_t"),
          Map.entry("f32", "float"),
          Map.entry("f64", "double"));

  private static final Map<String, String> COMPARISONS =
      Map.of("eq", "==", "ne", "!=", "lt", "<", "le", "<=", "gt", ">", "ge", ">=");

  private final String kernel;
  private final String opcode;
  private final String[] parts;
  private final List<String> o;

  /** Of a kernel. */
  PtxInstruction(String kernel, String opcode, String operands) {
    this.kernel = kernel;
    this.opcode = opcode;
    this.parts = opcode.split("\\.");
    this.o = operands(operands);
  }

  /** The statement. */
  String toCpp() {
    String last = parts[parts.length - 1];
    String type = TYPES.get(last);
    switch (parts[0]) {
      case "ret":
        return "return;";
      case "bra":
        return "goto " + o.get(0).substring(1) + ";";
      case "bar":
        require(opcode.equals("bar.sync") && o.get(0).equals("0"));
        return "COUNT(6, 1); emulation::barrier();";
      case "shfl":
        return shuffle();
      case "atom":
        return set(
            o.get(0), atomic() + "(" + address(o.get(1)) + ", " + value(o.get(2), type) + ")");
      case "membar":
        require(opcode.equals("membar.gl"));
        return "emulation::fence();";
      case "ld":
        return load();
      case "st":
        return store();
      case "cvta":
        return set(o.get(0), value(o.get(1), "uint64_t"));
      case "cvt":
        return convert();
      case "mov":
        return move(type);
      case "setp":
        return compare(type);
      case "selp":
        return set(
            o.get(0),
            String.format(
                "(%s ? %s : %s)",
                register(o.get(3)), value(o.get(1), type), value(o.get(2), type)));
      default:
        return set(o.get(0), arithmetic(type));
    }
  }

  private String arithmetic(String type) {
    boolean floating = type.equals("float") || type.equals("double");
    // Only what rounds as IEEE 754 says.
    boolean rounded = parts.length == 3 && parts[1].equals("rn");
    String a = value(o.get(1), type);
    String b = o.size() > 2 ? value(o.get(2), type) : null;
    switch (parts[0]) {
      case "add":
      case "sub":
      case "mul":
        String operator = parts[0].equals("add") ? " + " : parts[0].equals("sub") ? " - " : " * ";
        if (floating) {
          require(rounded);
          return a + operator + b;
        }
        if (opcode.startsWith("mul.wide.")) {
          return String.format("ptx::wide(%s, %s)", a, b);
        }
        if (opcode.equals("mul.hi.s32")) {
          return String.format("(int32_t)(ptx::wide(%s, %s) >> 32)", a, b);
        }
        require(parts.length == 2 || opcode.startsWith("mul.lo."));
        return String.format("ptx::wrap(%s)%sptx::wrap(%s)", a, operator, b);
      case "mad":
        require(parts[1].equals("lo") && !floating);
        return String.format(
            "ptx::wrap(%s) * ptx::wrap(%s) + ptx::wrap(%s)", a, b, value(o.get(3), type));
      case "fma":
        require(floating && rounded);
        return String.format("std::fma(%s, %s, %s)", a, b, value(o.get(3), type));
      case "div":
        require(floating ? rounded : parts.length == 2);
        return a + " / " + b;
      case "rcp":
        require(rounded);
        return "(" + type + ")1 / " + a;
      case "sqrt":
        require(rounded);
        return "std::sqrt(" + a + ")";
      case "neg":
        require(parts.length == 2);
        return floating ? "-" + a : "0 - ptx::wrap(" + a + ")";
      case "abs":
        require(parts.length == 2 && floating);
        return "std::fabs(" + a + ")";
      case "min":
      case "max":
        require(parts.length == 2);
        return String.format("ptx::%s(%s, %s)", parts[0], a, b);
      case "and":
        return a + " & " + b;
      case "or":
        return a + " | " + b;
      case "xor":
        return a + " ^ " + b;
      case "not":
        return type.equals("bool") ? "!" + a : "~" + a;
      case "shl":
      case "shr":
        return String.format("ptx::%s(%s, %s)", parts[0], a, value(o.get(2), "uint32_t"));
      case "bfe":
        require(opcode.equals("bfe.u32"));
        return String.format("ptx::bfe(%s, %s, %s)", a, b, value(o.get(3), type));
      case "bfi":
        require(opcode.equals("bfi.b64"));
        return String.format(
            "ptx::bfi(%s, %s, %s, %s)",
            a, b, value(o.get(3), "uint32_t"), value(o.get(4), "uint32_t"));
      case "prmt":
        require(opcode.equals("prmt.b32"));
        return String.format("ptx::prmt(%s, %s, %s)", a, b, value(o.get(3), type));
      case "popc":
        return "(uint32_t)__builtin_popcount(" + a + ")";
      default:
        throw new IllegalArgumentException("unknown instruction " + opcode);
    }
  }

  private String shuffle() {
    require(opcode.equals("shfl.sync.bfly.b32"));
    String[] to = o.get(0).split("\\|");
    String lanes = value(o.get(2), "uint32_t");
    String mask = value(o.get(4), "uint32_t");
    String x = value(o.get(1), "uint32_t");
    String shuffled =
        String.format("ptx::shuffle(%s, %s, %s, %s)", mask, x, lanes, value(o.get(3), "uint32_t"));
    // Within a whole warp every lane is there.
    String there = to.length == 2 ? register(to[1]) + " = true; " : "";
    return "COUNT(5, 1); " + there + set(to[0], shuffled);
  }

  private String atomic() {
    switch (opcode) {
      case "atom.global.add.u64":
        return "ptx::atomicAdd";
      case "atom.global.exch.b64":
        return "ptx::atomicExchange";
      case "atom.global.inc.u32":
        return "ptx::atomicInc";
      default:
        throw new IllegalArgumentException("unknown instruction " + opcode);
    }
  }

  private String load() {
    String type = TYPES.get(parts[parts.length - 1]);
    String from = address(o.get(1));
    List<String> to = vector(o.get(0));
    StringBuilder code = new StringBuilder();
    String bytes = to.size() + " * sizeof(" + type + ")";
    if (isGlobal()) {
      code.append(opcode.contains(".nc.") ? "COUNT(3, " : "COUNT(1, ").append(bytes).append("); ");
    } else if (parts[1].equals("shared")) {
      code.append("COUNT(4, 1); ");
    } else {
      require(parts[1].equals("param"));
    }
    code.append(String.format("const uint64_t at = %s; ", from));
    code.append(String.format("ptx::aligned(at, %s); ", bytes));
    // Registers of the address may be among those that are loaded.
    for (int i = 0; i < to.size(); i++) {
      code.append(set(to.get(i), String.format("((const %s*)at)[%d]", type, i))).append(" ");
    }
    return code.toString();
  }

  private String store() {
    String type = TYPES.get(parts[parts.length - 1]);
    List<String> from = vector(o.get(1));
    String bytes = from.size() + " * sizeof(" + type + ")";
    StringBuilder code = new StringBuilder();
    require(isGlobal() || parts[1].equals("shared"));
    code.append(isGlobal() ? "COUNT(2, " + bytes + "); " : "COUNT(4, 1); ");
    code.append(String.format("const uint64_t at = %s; ", address(o.get(0))));
    code.append(String.format("ptx::aligned(at, %s); ", bytes));
    for (int i = 0; i < from.size(); i++) {
      code.append(String.format("((%s*)at)[%d] = %s; ", type, i, value(from.get(i), type)));
    }
    return code.toString();
  }

  /** Addresses without a space are of global memory: no kernel makes others of this form. */
  private boolean isGlobal() {
    int at = parts[1].equals("volatile") ? 2 : 1;
    return parts[at].equals("global") || TYPES.containsKey(parts[at]);
  }

  /** Rounding is to nearest, or to whole numbers towards zero. */
  private String convert() {
    String to = TYPES.get(parts[parts.length - 2]);
    String from = TYPES.get(parts[parts.length - 1]);
    if (opcode.equals("cvt.rzi.s32.f32") || opcode.equals("cvt.rzi.s64.f32")) {
      return set(o.get(0), "ptx::truncate<" + to + ">(" + value(o.get(1), from) + ")");
    }
    boolean narrows = to.equals("float") && !from.equals("float");
    require(parts.length == 3 || (parts.length == 4 && parts[1].equals("rn") && narrows));
    boolean fromFloating = from.equals("float") || from.equals("double");
    require(!fromFloating || to.equals("float") || to.equals("double"));
    return set(o.get(0), "(" + to + ")" + value(o.get(1), from));
  }

  private String move(String type) {
    if (o.get(0).startsWith("{")) {
      List<String> to = vector(o.get(0));
      require(to.size() == 2);
      return String.format(
          "ptx::unpack(%s, %s, %s);",
          value(o.get(1), type), register(to.get(0)), register(to.get(1)));
    }
    if (o.get(1).startsWith("{")) {
      List<String> from = vector(o.get(1));
      require(from.size() == 2);
      return set(
          o.get(0),
          String.format("ptx::pack(%s, %s)", register(from.get(0)), register(from.get(1))));
    }
    return set(o.get(0), value(o.get(1), type));
  }

  private String compare(String type) {
    String how = parts[1];
    String a = value(o.get(1), type);
    String b = value(o.get(2), type);
    require(parts.length == 3);
    // With u behind it: or one of them is a NaN.
    boolean unordered = how.length() == 3 && how.endsWith("u");
    String operator = COMPARISONS.get(unordered ? how.substring(0, 2) : how);
    require(operator != null && !(how.equals("ne") && type.equals("float")));
    String ordered = String.format("(%s %s %s)", a, operator, b);
    return register(o.get(0))
        + " = "
        + (unordered ? String.format("(ptx::isNaN(%s, %s) || %s)", a, b, ordered) : ordered)
        + ";";
  }

  private static List<String> vector(String operand) {
    return operand.startsWith("{")
        ? operands(operand.substring(1, operand.length() - 1))
        : List.of(operand);
  }

  private static String set(String register, String value) {
    return "ptx::set(" + register(register) + ", " + value + ");";
  }

  private static String register(String operand) {
    require(operand.matches("%(p|r|rd|rs|f|fd)\\d+"));
    return operand.substring(1);
  }

  private String address(String operand) {
    String inner = operand.substring(1, operand.length() - 1);
    int plus = inner.indexOf('+');
    String base = plus < 0 ? inner : inner.substring(0, plus);
    String offset = plus < 0 ? "0" : inner.substring(plus + 1);
    return String.format("(%s + (int64_t)%s)", value(base, "uint64_t"), offset);
  }

  private String value(String operand, String type) {
    if (operand.equals(kernel + "_param_0")) {
      return "(uint64_t)parameters";
    }
    if (operand.matches("%(p|r|rd|rs|f|fd)\\d+")) {
      String name = register(operand);
      return declared(name).equals(type) ? name : String.format("ptx::as<%s>(%s)", type, name);
    }
    if (operand.matches("0f[0-9A-F]{8}")) {
      return "ptx::as<float>(0x" + operand.substring(2) + "u)";
    }
    if (operand.matches("0d[0-9A-F]{16}")) {
      return "ptx::as<double>((uint64_t)0x" + operand.substring(2) + "u)";
    }
    if (operand.matches("-?\\d+")) {
      return "(" + type + ")" + operand + "ll";
    }
    switch (operand) {
      case "%tid.x":
        return "threadIdx.x";
      case "%ntid.x":
        return "blockDim.x";
      case "%ctaid.x":
        return "blockIdx.x";
      case "%nctaid.x":
        return "gridDim.x";
      default:
        require(operand.matches("_Z\\w+"));
        return "(uint64_t)" + operand;
    }
  }

  /** The type that registers of a name are declared with. */
  static String declared(String register) {
    switch (register.replaceAll("\\d", "")) {
      case "p":
        return "bool";
      case "rs":
        return "uint16_t";
      case "r":
        return "uint32_t";
      case "rd":
        return "uint64_t";
      case "f":
        return "float";
      default:
        return "double";
    }
  }

  static void require(boolean known) {
    if (!known) {
      throw new IllegalArgumentException("unknown form of instruction or operand");
    }
  }

  /** Splits at commas outside braces. */
  private static List<String> operands(String text) {
    List<String> operands = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (c == ',' && depth == 0) {
        operands.add(text.substring(start, i).trim());
        start = i + 1;
      }
    }
    if (!text.isBlank()) {
      operands.add(text.substring(start).trim());
    }
    return operands;
  }
}
