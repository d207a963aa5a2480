package org.lowbit4j.cli;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;

/** Where the words of an array begin in what Nd4j.write wrote. */
final class StateOffset {

  private StateOffset() {}

  static int of(byte[] written) throws IOException {
    ByteArrayInputStream bytes = new ByteArrayInputStream(written);
    DataInputStream in = new DataInputStream(bytes);
    in.readUTF();
    long info = in.readLong();
    in.readUTF();
    in.skipBytes((int) info * Long.BYTES);
    in.readUTF();
    in.readLong();
    in.readUTF();
    return written.length - bytes.available();
  }
}
