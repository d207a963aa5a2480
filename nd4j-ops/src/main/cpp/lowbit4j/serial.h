// What block.h needs where no vectors are used; power.h has the same for vectors. Included inside the
// namespace that block.h is included in, before it.

inline void encodeScaled(const Codebook& codebook, const float* x, int n, float scale, bool slow,
                         uint32_t phase, uint8_t* codes) {
  codebook.encodeScaled(x, n, scale, slow, phase, codes);
}

inline Checksum sumOfCodes(const uint8_t* codes, int n) {
  Checksum sum;
  sum.addCodes(codes, n);
  return sum;
}
