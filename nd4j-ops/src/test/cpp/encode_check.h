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

template <class C>
void checkThresholds(const Codebook& book, const float* values, int levels, bool slow) {
  for (uint32_t trial = 0; trial < 1 << 18; trial++) {
    uint32_t phase = trial * 0x9E3779B1u;
    float numbers[GROUP];
    bool high = true;
    for (int i = 0; i < GROUP; i++) {
      int k = (int)((trial + i * 7u) % (levels - 1));
      float lower = values[k];
      float upper = values[k + 1];
      bool dithers = slow || levels == 254 || k < 32;
      float threshold = 0.5f * (lower + upper) + (dithers ? fromMiddle(phase + i * PHASE_PER_ELEMENT)
                                                          : 0) * (upper - lower);
      // The threshold, its neighbours, or the value itself.
      int where = (int)((trial / 3 + i) % 4);
      numbers[i] = where == 3 ? lower : floatOf(bitsOf(threshold) + where - 1);
      high &= C::isHigh(numbers[i], 1.0f);
      numbers[i] = trial % 2 ? numbers[i] : C::UNIT == SignedPower::UNIT ? -numbers[i] : numbers[i];
    }
    uint8_t expected[GROUP];
    uint8_t actual[GROUP];
    book.encodeScaled(numbers, GROUP, 1.0f, slow, phase, expected);
    encodeGroup<C, false>(numbers, phase, slow, actual);
    require(memcmp(actual, expected, GROUP) == 0, "codes", levels, (int)trial);
    if (high) {
      encodeGroup<C, true>(numbers, phase, slow, actual);
      require(memcmp(actual, expected, GROUP) == 0, "codes of high numbers", levels, (int)trial);
    }
  }
}

inline void checkEncoders() {
  float values[256];
  values[0] = 0;
  for (int k = 1; k <= 126; k++) {
    values[k] = (k + 2) * (k + 2) * (k + 2) * 0x1p-21f;
  }
  auto isSignedBook = powerBook(true, false, false);
  checkThresholds<SignedPower>(*isSignedBook, values, 127, false);
  checkThresholds<SignedPower>(*isSignedBook, values, 127, true);
  for (int j = 3; j <= 256; j++) {
    values[j - 3] = j * j * 0x1p-16f;
  }
  checkThresholds<UnsignedPower>(*powerBook(false, false, false), values, 254, false);
}
