package org.lowbit4j.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What can be told of a library before it is loaded: half a library ends the process, as the
 * system's loader reads behind the end of its file.
 *
 * <p>Formats: "System V Application Binary Interface", chapter 4 (ELF); "PE Format" of Microsoft;
 * {@code mach-o/loader.h} of Apple.
 */
enum LibraryFormat {
  /** Linux. Linkers put the table of sections at the end. */
  ELF("linux", 62, 183) {
    @Override
    boolean has(ByteBuffer b) {
      return b.getInt(0) == 0x464C457F && b.get(4) == 2 && b.get(5) == 1;
    }

    @Override
    int machine(ByteBuffer b) {
      return b.getShort(18);
    }

    @Override
    long end(ByteBuffer b) {
      return b.getLong(0x28) + (long) b.getShort(0x3A) * b.getShort(0x3C);
    }
  },

  /** Windows: a header, a table of sections, sections. */
  PE("windows", 0x8664, 0xAA64) {
    @Override
    boolean has(ByteBuffer b) {
      return b.getShort(0) == 0x5A4D && b.getInt(b.getInt(0x3C)) == 0x4550;
    }

    @Override
    int machine(ByteBuffer b) {
      return b.getShort(b.getInt(0x3C) + 4) & 0xFFFF;
    }

    @Override
    long end(ByteBuffer b) {
      int header = b.getInt(0x3C);
      int section = header + 24 + b.getShort(header + 20);
      long end = 0;
      for (int i = 0; i < b.getShort(header + 6); i++, section += 40) {
        end = Math.max(end, unsigned(b, section + 16) + unsigned(b, section + 20));
      }
      return end;
    }
  },

  /** macOS: a header, commands, and what they say where it is. */
  MACH_O("macosx", 0x1000007, 0x100000C) {
    private static final int SEGMENT_64 = 0x19;

    @Override
    boolean has(ByteBuffer b) {
      return b.getInt(0) == 0xFEEDFACF;
    }

    @Override
    int machine(ByteBuffer b) {
      return b.getInt(4);
    }

    @Override
    long end(ByteBuffer b) {
      int command = 32;
      long end = 0;
      for (int i = 0; i < b.getInt(16); i++) {
        if (b.getInt(command) == SEGMENT_64) {
          end = Math.max(end, b.getLong(command + 40) + b.getLong(command + 48));
        }
        int size = b.getInt(command + 4);
        if (size < 8) {
          throw new IndexOutOfBoundsException(size);
        }
        command = Math.addExact(command, size);
      }
      return end;
    }
  };

  /** Shorter than the header of any of them. */
  private static final int LEAST_BYTES = 64;

  private final String system;
  private final int x86;
  private final int arm;

  LibraryFormat(String system, int x86, int arm) {
    this.system = system;
    this.x86 = x86;
    this.arm = arm;
  }

  abstract boolean has(ByteBuffer header);

  /** The number of the CPU that it is for. */
  abstract int machine(ByteBuffer header);

  /** Behind the last byte that it must have. */
  abstract long end(ByteBuffer header);

  /**
   * What is the matter with a library.
   *
   * @param platform as JavaCPP names it; of those unknown here nothing is said
   * @return the end of a sentence, with the remedy; null if it looks as it should
   */
  static String fault(byte[] library, String platform) {
    for (LibraryFormat format : values()) {
      if (platform.startsWith(format.system + "-")) {
        return format.faultOf(library, platform);
      }
    }
    return null;
  }

  private String faultOf(byte[] library, String platform) {
    if (library.length < LEAST_BYTES) {
      return cutOff(library, LEAST_BYTES);
    }
    ByteBuffer b = ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN);
    try {
      boolean known = platform.endsWith("-x86_64") || platform.endsWith("-arm64");
      int machine = platform.endsWith("-arm64") ? arm : x86;
      if (!has(b) || known && machine(b) != machine) {
        return "is no library for " + platform + "; get a jar for it, or build it there";
      }
      return end(b) > library.length ? cutOff(library, end(b)) : null;
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      return cutOff(library, library.length + 1L);
    }
  }

  private static String cutOff(byte[] library, long least) {
    return String.format(
        "has %d bytes of %d or more; the jar is damaged, get it anew", library.length, least);
  }

  private static long unsigned(ByteBuffer b, int at) {
    return b.getInt(at) & 0xFFFFFFFFL;
  }
}
