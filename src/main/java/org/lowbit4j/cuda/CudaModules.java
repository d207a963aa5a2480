package org.lowbit4j.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;

/**
 * The kernels' modules, loaded once per device. They come as PTX with the library; the system
 * property {@value #COMPILER_PROPERTY} = {@code nvrtc} compiles them from their source instead,
 * which needs CUDA's run-time compiler.
 */
final class CudaModules {

  /** The system property that decides where the modules come from. */
  static final String COMPILER_PROPERTY = "lowbit4j.cuda.compiler";

  /** By context and module; the driver frees them with the context. */
  private static final Map<String, CUmod_st> LOADED = new HashMap<>();

  private CudaModules() {}

  /**
   * A kernel on the calling thread's device.
   *
   * @throws CudaException if the driver does not accept its module
   */
  static synchronized CUfunc_st function(CudaSource source, String name) {
    String key = Driver.context() + " " + source.name();
    CUmod_st module = LOADED.get(key);
    if (module == null) {
      module = Driver.load(named(source.name(), ptx(source)), source.name());
      LOADED.put(key, module);
    }
    return Driver.function(module, name);
  }

  /** For tests: modules are loaded anew. */
  static synchronized void forget() {
    LOADED.clear();
  }

  private static String ptx(CudaSource source) {
    String compiler = System.getProperty(COMPILER_PROPERTY, "none");
    if (compiler.equals("nvrtc")) {
      return RuntimeCompiler.compile(source);
    }
    if (!compiler.equals("none")) {
      throw new IllegalArgumentException(
          COMPILER_PROPERTY + " is " + compiler + "; it can be nvrtc or none.");
    }
    return committed(source.name());
  }

  /** As a driver is given it. */
  static String named(String name, String ptx) {
    // The first line tells debuggers, and the driver of the tests, which module it is.
    return String.format("// lowbit4j module %s\n%s", name, ptx);
  }

  /** The PTX that comes with the library. */
  static String committed(String name) {
    String resource = "generated/" + name + ".ptx";
    try (InputStream in = CudaModules.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new CudaException("The library has no " + resource + ".");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + resource, e);
    }
  }
}
