package org.lowbit4j.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lowbit4j.CudaRules;
import org.lowbit4j.rule.UpdateRule;

/**
 * Compiles the PTX that the library ships, with CUDA 11.6's run-time compiler: {@code mvn -Pptx
 * test-compile exec:exec}. No GPU is needed.
 */
public final class PtxGenerator {

  private PtxGenerator() {}

  /** All modules, by name. */
  static Map<String, CudaSource> modules() {
    Map<String, CudaSource> modules = new LinkedHashMap<>();
    modules.put(CudaSource.CLIP, CudaSource.clip());
    modules.put(CudaSource.QUANTIZE, CudaSource.quantize());
    for (UpdateRule rule : CudaRules.all()) {
      modules.put(rule.name(), CudaSource.of(rule));
    }
    return modules;
  }

  /**
   * Writes the modules and their manifest.
   *
   * @param args the folder
   */
  public static void main(String[] args) throws IOException {
    if (Emulation.missing() == null) {
      // The compiler's binding is linked to the driver, which a machine without a GPU lacks.
      Emulation.load();
    }
    Path folder = Files.createDirectories(Path.of(args[0]));
    PtxManifest manifest = new PtxManifest();
    for (CudaSource source : modules().values()) {
      String ptx = RuntimeCompiler.compile(source);
      Files.writeString(folder.resolve(source.name() + ".ptx"), ptx);
      manifest.put(source, ptx);
      System.out.println(source.name() + ": " + ptx.length() + " bytes");
    }
    manifest.write(folder);
  }
}
