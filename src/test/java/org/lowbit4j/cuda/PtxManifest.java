package org.lowbit4j.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the library's PTX was made from and what came out: a line per module with its name, the hash
 * of its options and source, and the hash of its PTX.
 */
final class PtxManifest {

  static final String FILE = "manifest.txt";

  private static final String HEAD =
      "# Written by PtxGenerator: module, SHA-256 of its options and source without comments,"
          + " SHA-256 of its PTX";

  /** By module, so that the order of the file does not depend on that of the optimizers. */
  private final Map<String, String> lines = new TreeMap<>();

  void put(CudaSource source, String ptx) {
    lines.put(source.name(), line(source, ptx));
  }

  /** As they stand in the file; a module's is the same if and only if both hashes are. */
  List<String> lines() {
    return new ArrayList<>(lines.values());
  }

  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve(FILE), HEAD + "\n" + String.join("\n", lines.values()) + "\n");
  }

  static List<String> read(Path folder) throws IOException {
    List<String> all = Files.readAllLines(folder.resolve(FILE));
    return all.subList(1, all.size());
  }

  private static String line(CudaSource source, String ptx) {
    String input = String.join(" ", source.options()) + "\n" + CppText.normalized(source.text());
    return source.name() + " " + hash(input) + " " + hash(ptx);
  }

  private static String hash(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      StringBuilder hex = new StringBuilder();
      for (byte b : digest.digest(text.getBytes(StandardCharsets.UTF_8))) {
        hex.append(String.format("%02x", b & 0xFF));
      }
      return hex.toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
