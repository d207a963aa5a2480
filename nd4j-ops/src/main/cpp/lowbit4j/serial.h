// What block.h needs where no vectors are used; power.h has the same for vectors. Included inside the
// namespace that block.h is included in, before it.

inline float encodeMoments(const Codebook& codebook, float* x, int n, bool slow, uint32_t phase,
                           uint8_t* codes) {
  return codebook.encode(x, n, slow, phase, codes);
}

inline Checksum sumOfCodes(const uint8_t* codes, int n) {
  Checksum sum;
  sum.addCodes(codes, n);
  return sum;
}
