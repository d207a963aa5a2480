package org.lowbit4j.check;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.jar.JarEntry;
import java.util.zip.ZipException;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;

/** Loads native libraries of lowbit4j, or says what is the matter with them. */
public final class NativeLibrary {

  /** What was found, so that it is the same when a library is asked for again. */
  private static final Map<Class<?>, Optional<UnsatisfiedLinkError>> LOADED = new HashMap<>();

  private NativeLibrary() {}

  /**
   * Loads the library of a class, once.
   *
   * <p>JavaCPP's own loader takes what its cache has from a jar of the same name, size and time,
   * which another build may be, and damaged: {@link LibraryCopy} compares contents.
   *
   * @param binding a class that JavaCPP binds
   * @param abi the number that the library must have
   * @param libraryAbi calls the native method that tells the library's
   * @throws UnsatisfiedLinkError if there is none for this platform, or it is not of the same build
   *     as the class, or does not load; the message tells cause and remedy
   */
  public static void load(Class<?> binding, int abi, IntSupplier libraryAbi) {
    // ND4J's library first: it brings an OpenMP of its own, and ours takes the one that is there.
    Nd4j.getExecutioner();
    synchronized (LOADED) {
      Optional<UnsatisfiedLinkError> failure = LOADED.get(binding);
      if (failure == null) {
        failure = tryToLoad(binding, abi, libraryAbi);
        LOADED.put(binding, failure);
      }
      if (failure.isPresent()) {
        throw failure.get();
      }
    }
  }

  private static Optional<UnsatisfiedLinkError> tryToLoad(
      Class<?> binding, int abi, IntSupplier libraryAbi) {
    String platform = Loader.getPlatform();
    String name = platform + "/" + System.mapLibraryName("jni" + binding.getSimpleName());
    try {
      URL library = binding.getResource(name);
      if (library == null) {
        throw new UnsatisfiedLinkError(
            "this lowbit4j was built without " + name + ", see nd4j-ops/README.md");
      }
      byte[] bytes = read(library);
      String fault = LibraryFormat.fault(bytes, platform);
      if (fault != null) {
        throw new UnsatisfiedLinkError(library + " " + fault);
      }
      LibraryCopy.load(library, bytes);
      requireAbi(library, abi, libraryAbi);
      return Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.of(e);
    }
  }

  /**
   * A library's content. Of a jar's entries Java compares no checksums, and a damaged library ends
   * the process when the system loads it.
   */
  static byte[] read(URL library) {
    try {
      URLConnection connection = library.openConnection();
      byte[] bytes;
      try (InputStream in = connection.getInputStream()) {
        bytes = in.readAllBytes();
      }
      if (connection instanceof JarURLConnection) {
        requireChecksum(((JarURLConnection) connection).getJarEntry(), bytes);
      }
      return bytes;
    } catch (IOException e) {
      throw because(library + " cannot be read (" + e + "); the jar is damaged, get it anew", e);
    }
  }

  /** With an entry that has none, or without an entry, nothing is said. */
  private static void requireChecksum(JarEntry entry, byte[] bytes) throws ZipException {
    long checksum = LibraryCopy.checksum(bytes);
    if (entry != null && entry.getCrc() != -1 && entry.getCrc() != checksum) {
      throw new ZipException(
          String.format("its checksum is %x, the jar's %x", checksum, entry.getCrc()));
    }
  }

  /** What lacks a method, or has another of the same name, would end in the middle of a step. */
  private static void requireAbi(URL library, int abi, IntSupplier libraryAbi) {
    String found;
    UnsatisfiedLinkError cause = null;
    try {
      int number = libraryAbi.getAsInt();
      if (number == abi) {
        return;
      }
      found = Integer.toHexString(number);
    } catch (UnsatisfiedLinkError e) {
      found = "none";
      cause = e;
    }
    throw because(
        String.format(
            "%s is of another build than the classes (its number is %s, theirs %x); leave one lowbit4j on the class path,"
                + " or build it anew",
            library, found, abi),
        cause);
  }

  private static UnsatisfiedLinkError because(String message, Throwable cause) {
    UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
    error.initCause(cause);
    return error;
  }
}
