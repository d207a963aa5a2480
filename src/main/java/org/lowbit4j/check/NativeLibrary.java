package org.lowbit4j.check;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.Loader;

/** Loads native libraries of lowbit4j, or says what is the matter with them. */
public final class NativeLibrary {

  private static final int ELF_MAGIC = 0x464C457F;
  private static final int ELF_HEADER = 64;
  private static final int CLASS_AT = 4;
  private static final int BYTE_ORDER_AT = 5;
  private static final byte BITS_64 = 2;
  private static final byte LITTLE_ENDIAN = 1;
  private static final int SECTIONS_AT = 0x28;
  private static final int SECTION_SIZE_AT = 0x3A;
  private static final int SECTION_COUNT_AT = 0x3C;

  private NativeLibrary() {}

  /**
   * Loads the library of a class.
   *
   * @param binding a class that JavaCPP binds
   * @param firstCall calls a native method of it
   * @throws UnsatisfiedLinkError if there is none for this platform, or it does not load; the
   *     message tells the cause
   */
  public static void load(Class<?> binding, Runnable firstCall) {
    String name =
        Loader.getPlatform() + "/" + System.mapLibraryName("jni" + binding.getSimpleName());
    URL library = binding.getResource(name);
    if (library != null) {
      requireWhole(library);
    }
    try {
      Loader.load(binding);
      // JavaCPP says nothing of a library that it does not find; the first call does.
      firstCall.run();
    } catch (UnsatisfiedLinkError e) {
      String cause =
          library == null
              ? "this lowbit4j was built without " + name + ", see nd4j-ops/README.md"
              : root(e).getMessage();
      throw because(cause, e);
    }
  }

  /** Half a library ends the process: the system's loader reads behind the end of its file. */
  private static void requireWhole(URL library) {
    byte[] bytes;
    try (InputStream in = library.openStream()) {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw because(library + " cannot be read: " + e, e);
    }
    long least = leastBytes(bytes);
    if (bytes.length < least) {
      throw because(
          String.format("%s has %d bytes of %d or more", library, bytes.length, least), null);
    }
  }

  /** Linkers put the table of sections at the end. Other formats than 64-bit ELF are not known. */
  private static long leastBytes(byte[] library) {
    if (library.length < ELF_HEADER) {
      return ELF_HEADER;
    }
    ByteBuffer header = ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN);
    boolean isKnown =
        header.getInt(0) == ELF_MAGIC
            && header.get(CLASS_AT) == BITS_64
            && header.get(BYTE_ORDER_AT) == LITTLE_ENDIAN;
    return isKnown
        ? header.getLong(SECTIONS_AT)
            + (long) header.getShort(SECTION_SIZE_AT) * header.getShort(SECTION_COUNT_AT)
        : 0;
  }

  private static Throwable root(Throwable e) {
    return e.getCause() == null ? e : root(e.getCause());
  }

  private static UnsatisfiedLinkError because(String message, Throwable cause) {
    UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
    error.initCause(cause);
    return error;
  }
}
