// Numbers at the very thresholds between codes, through the vector encoders. Included once per
// instruction set, inside its namespace and target.

template <class C, bool HIGH>
void encodeGroup(const float* numbers, uint32_t phase, bool slow, uint8_t* codes) {
  C codec(1.0f, slow);
  Vector levels[4];
  for (int v = 0; v < 4; v++) {
    Vector f = Vector::fromMiddle(Vector::phases(phase), v);
    levels[v] = codec.template level<HIGH>(Vector::load(numbers + v * Vector::N), f);
  }
  Vector::storeBytes(codes, C::codes(levels, numbers));
}

// Between the level of c and the next one.
inline float thresholdAbove(bool cubes, int c, float f) {
  float h = (float)c + 0.5f;
  return !cubes   ? fma(fma(f, 2, h), h, 0.25f)
         : c == 2 ? fma(f, 3, 1) + 12.5f + f * 24
                  : fma(fma(fma(f, 3, h), h, 0.75f), h, f * 0.25f);
}

template <class C>
void checkThresholds(bool isSigned, bool slow) {
  auto book = powerBook(isSigned, false, false);
  for (uint32_t trial = 0; trial < 1 << 18; trial++) {
    // Every sixteenth at the very ends of the dither.
    uint32_t phase = trial % 16 == 0 ? 0x7FFFFF00u + trial / 16 % 512 : trial * 0x9E3779B1u;
    float numbers[GROUP];
    bool high = true;
    for (int i = 0; i < GROUP; i++) {
      int lowest = isSigned ? 2 : 3;
      int c = lowest + (int)((trial + i * 7u) % (uint32_t)(C::TOP - lowest));
      bool dithers = slow || !isSigned || c < 34;
      float f = dithers ? fromMiddle(phase + i * PHASE_PER_ELEMENT) : 0;
      // The threshold, its neighbours, or the upper value itself.
      int where = (int)((trial / 3 + i) % 4);
      float upper = isSigned ? (float)((c + 1) * (c + 1) * (c + 1)) : (float)((c + 1) * (c + 1));
      float number = where == 3 ? upper : floatOf(bitsOf(thresholdAbove(isSigned, c, f)) + where - 1);
      number *= C::UNIT;
      high &= C::isHigh(number, 1.0f);
      numbers[i] = isSigned && trial % 2 == 0 ? -number : number;
    }
    uint8_t expected[GROUP];
    uint8_t actual[GROUP];
    book->encodeScaled(numbers, GROUP, 1.0f, slow, phase, expected);
    encodeGroup<C, false>(numbers, phase, slow, actual);
    require(memcmp(actual, expected, GROUP) == 0, "codes", isSigned, (int)trial);
    if (high) {
      encodeGroup<C, true>(numbers, phase, slow, actual);
      require(memcmp(actual, expected, GROUP) == 0, "codes of high numbers", isSigned, (int)trial);
    }
  }
}

inline void checkEncoders() {
  checkThresholds<SignedPower>(true, false);
  checkThresholds<SignedPower>(true, true);
  checkThresholds<UnsignedPower>(false, false);
}
