// Words of an array as floats. Included once per instruction set, inside its namespace and target, by block.h.

// The compiler must know the type of words, and that nothing else lies there, to use vectors.
template <int WORDS>
inline void loadAs(const uint8_t* __restrict at, int n, float scale, float* __restrict x) {
  for (int i = 0; i < n; i++) {
    x[i] = readWord(WORDS, at + i * bytesOf(WORDS)) * scale;
  }
}

template <int WORDS>
inline void storeAs(const float* __restrict x, int n, uint8_t* __restrict at) {
  for (int i = 0; i < n; i++) {
    writeWord(WORDS, at + i * bytesOf(WORDS), x[i]);
  }
}

inline void loadWords(int words, const uint8_t* at, int n, float scale, float* x) {
  return words == DOUBLE ? loadAs<DOUBLE>(at, n, scale, x)
         : words == HALF ? loadAs<HALF>(at, n, scale, x)
                         : loadAs<FLOAT>(at, n, scale, x);
}

inline void storeWords(int words, const float* x, int n, uint8_t* at) {
  return words == DOUBLE ? storeAs<DOUBLE>(x, n, at)
         : words == HALF ? storeAs<HALF>(x, n, at)
                         : storeAs<FLOAT>(x, n, at);
}

// Floats packed into an array of these words.
inline void loadPacked(int words, const uint8_t* __restrict at, int n, float* __restrict x) {
  if (words != HALF) {
    memcpy(x, at, n * sizeof(float));
    return;
  }
  for (int i = 0; i < n; i++) {
    x[i] = HalfPair::unpack(read<uint32_t>(at + 4 * i));
  }
}

inline void storePacked(int words, const float* __restrict x, int n, uint8_t* __restrict at) {
  if (words != HALF) {
    memcpy(at, x, n * sizeof(float));
    return;
  }
  for (int i = 0; i < n; i++) {
    write(at + 4 * i, HalfPair::pack(x[i]));
  }
}
