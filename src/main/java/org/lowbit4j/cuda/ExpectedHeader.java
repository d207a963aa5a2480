package org.lowbit4j.cuda;

/** What a step expects to find in the header of the state. */
final class ExpectedHeader {

  final byte[] words;
  final boolean fresh;
  final boolean adopted;

  /**
   * Describes a header.
   *
   * @param words of the header, its checksum zero
   * @param fresh whether the header is one of zeros instead
   * @param adopted whether the host has verified the state just now, so that its checksum is right
   */
  ExpectedHeader(byte[] words, boolean fresh, boolean adopted) {
    this.words = words;
    this.fresh = fresh;
    this.adopted = adopted;
  }
}
