package org.lowbit4j.cuda;

import java.util.List;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** CUDA's run-time compiler: makes the PTX that the library ships, or a user's own at first use. */
final class RuntimeCompiler {

  private RuntimeCompiler() {}

  /**
   * Compiles a module.
   *
   * @throws CudaException with the compiler's log if it fails
   * @throws LinkageError if there is no run-time compiler
   */
  static String compile(CudaSource source) {
    _nvrtcProgram program = new _nvrtcProgram();
    try (BytePointer text = new BytePointer(source.text());
        BytePointer name = new BytePointer(source.name() + ".cu");
        PointerPointer<BytePointer> options = pointers(source.options())) {
      check(
          nvrtc.nvrtcCreateProgram(
              program, text, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null),
          "nvrtcCreateProgram");
      int result = nvrtc.nvrtcCompileProgram(program, source.options().size(), options);
      if (result != 0) {
        throw new CudaException(
            "The run-time compiler does not compile " + source.name() + ":\n" + log(program));
      }
      return ptx(program);
    } finally {
      nvrtc.nvrtcDestroyProgram(program);
    }
  }

  private static PointerPointer<BytePointer> pointers(List<String> strings) {
    PointerPointer<BytePointer> pointers = new PointerPointer<>(strings.size());
    for (int i = 0; i < strings.size(); i++) {
      pointers.put(i, new BytePointer(strings.get(i)));
    }
    return pointers;
  }

  private static String ptx(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      check(nvrtc.nvrtcGetPTXSize(program, size), "nvrtcGetPTXSize");
      try (BytePointer ptx = new BytePointer(size.get())) {
        check(nvrtc.nvrtcGetPTX(program, ptx), "nvrtcGetPTX");
        // Without the zero at its end.
        return ptx.limit(size.get() - 1).getString();
      }
    }
  }

  private static String log(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      check(nvrtc.nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize");
      try (BytePointer log = new BytePointer(size.get())) {
        check(nvrtc.nvrtcGetProgramLog(program, log), "nvrtcGetProgramLog");
        return log.getString();
      }
    }
  }

  private static void check(int result, String what) {
    if (result != 0) {
      throw new CudaException(what + ": " + nvrtc.nvrtcGetErrorString(result).getString());
    }
  }
}
