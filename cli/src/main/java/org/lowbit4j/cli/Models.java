package org.lowbit4j.cli;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Tells files apart by their first bytes. */
final class Models {

  private Models() {}

  /**
   * Reads any file of a network.
   *
   * @param all whether what is not state is read to its end, too
   * @throws Failure if it is none
   */
  static ModelReport read(File file, boolean all) {
    return isZip(file) ? ZipModel.read(file, all) : SameDiffModel.read(file);
  }

  /**
   * Whether a file is an archive, as ModelSerializer writes them.
   *
   * @throws Failure if it cannot be read
   */
  static boolean isZip(File file) {
    if (!file.exists()) {
      throw new Failure("There is no file " + file + ".", null);
    }
    if (file.isDirectory()) {
      throw new Failure(file + " is a folder; name a file in it.", null);
    }
    try (InputStream in = new FileInputStream(file)) {
      byte[] first = in.readNBytes(2);
      if (first.length == 0) {
        throw new Failure(file + " is empty: it was not written to its end.", null);
      }
      return first.length == 2 && first[0] == 'P' && first[1] == 'K';
    } catch (IOException e) {
      throw new Failure(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
