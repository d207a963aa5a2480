// Numbers at the very thresholds between codes, through the vector encoders; and fma.h against the instruction. Included
// once per instruction set, inside its namespace and target.

template <class C, bool HIGH>
void encodeGroup(const Codebook& book, const float* numbers, float scale, uint32_t phase, bool slow,
                 uint8_t* codes) {
  C codec(book, scale, slow);
  Vector levels[4];
  for (int v = 0; v < 4; v++) {
    Vector f = Vector::fromMiddle(Vector::phases(phase), v);
    levels[v] = codec.template level<HIGH>(Vector::load(numbers + v * Vector::N), f, v);
  }
  Vector::storeBytes(codes, C::codes(levels, numbers));
  Doubts doubts[2];
  Doubts* end = doubts;
  codec.note(0, end);
  codec.settle(doubts, end, numbers, codes);
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
  for (uint32_t trial = 0; trial < (brief ? 1u << 13 : 1u << 18); trial++) {
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
    encodeGroup<C, false>(*book, numbers, 1, phase, slow, actual);
    require(memcmp(actual, expected, GROUP) == 0, "codes", isSigned, (int)trial);
    if (high) {
      encodeGroup<C, true>(*book, numbers, 1, phase, slow, actual);
      require(memcmp(actual, expected, GROUP) == 0, "codes of high numbers", isSigned, (int)trial);
    }
  }
}

// Between the level of c and the next one, in 4 bits; c is 1 for zero.
inline float thresholdAbove4(bool isSigned, int c, float f) {
  float t = isSigned && c == 1 ? 2 : (float)c + 0.5f;
  return fma(fma(f, 2, t), t, isSigned && c == 1 ? -2 : 0.25f);
}

// The same in 4 bits, and numbers of any size down to zero.
template <class C>
void checkThresholds4(bool isSigned) {
  auto book = powerBook4(isSigned, false, false);
  std::mt19937 random(6);
  for (uint32_t trial = 0; trial < (brief ? 1u << 13 : 1u << 18); trial++) {
    uint32_t phase = trial % 16 == 0 ? 0x7FFFFF00u + trial / 16 % 512 : random();
    float numbers[GROUP];
    for (int i = 0; i < GROUP; i++) {
      int lowest = isSigned ? 1 : 2;
      int c = lowest + (int)((trial + i * 7u) % (uint32_t)(C::TOP - lowest));
      float threshold = thresholdAbove4(isSigned, c, fromMiddle(phase + i * PHASE_PER_ELEMENT));
      int where = (int)((trial / 3 + i) % 5);
      float number = where == 3   ? (float)((c + 1) * (c + 1))
                     : where == 4 ? std::ldexp(random() * 0x1p-26f, -(int)(random() % 150))
                                  : floatOf(bitsOf(threshold) + where - 1);
      number = smaller(number * C::UNIT, 1.0f);
      numbers[i] = isSigned && random() % 2 == 0 ? -number : number;
    }
    uint8_t codes[GROUP];
    uint8_t expected[GROUP / 2];
    uint8_t actual[GROUP / 2];
    book->encodeScaled(numbers, GROUP, 1.0f, false, phase, codes);
    packNibbles(codes, GROUP, expected);
    encodeGroup<C, true>(*book, numbers, 1, phase, false, actual);
    require(memcmp(actual, expected, GROUP / 2) == 0, "codes of 4 bits", isSigned, (int)trial);
  }
}

// The k-th positive or zero value's code.
inline int codeOf(int k) { return k + (k >= 0x7F); }

// Numbers of any size, and next to thresholds.
template <bool SIGNED>
void checkNearest() {
  auto book = dynamicBook(SIGNED);
  require(book->hasLines(SIGNED), "lines", SIGNED);
  std::mt19937 random(5);
  for (int trial = 0; trial < (brief ? 1 << 13 : 1 << 18); trial++) {
    float scale = trial % 3 == 0 ? 1 : std::ldexp(1 + random() * 0x1p-33f, (int)(random() % 99) - 50);
    float numbers[GROUP];
    for (int i = 0; i < GROUP; i++) {
      const float* values = book->values();
      int k = (int)(random() % (SIGNED ? 127 : 253));
      float x = trial % 5 == 0 ? std::ldexp(random() * 0x1p-32f, -(int)(random() % 30))
                               : (values[codeOf(k)] + values[codeOf(k + 1)]) / 2;
      x = (trial % 5 == 1 ? values[codeOf(k)] : x) * scale;
      x = smaller(scale, floatOf(bitsOf(x) + random() % 5 - (x > 0x1p-120f ? 2 : 0)));
      numbers[i] = SIGNED && random() % 2 == 0 ? -x : x;
    }
    uint8_t expected[GROUP];
    uint8_t actual[GROUP];
    book->encodeScaled(numbers, GROUP, scale, false, 0, expected);
    encodeGroup<Nearest<SIGNED>, true>(*book, numbers, scale, 0, false, actual);
    require(memcmp(actual, expected, GROUP) == 0, "nearest codes", SIGNED, trial);
  }
}

// Of any magnitude; or a small one, with few bits, so that products and sums are ties or subnormal.
inline float factorFor(int kind, uint32_t bits) {
  return floatOf(kind == 0   ? bits
                 : kind == 1 ? (bits & 0x807FFFFF) | (100 + (bits >> 23) % 60) << 23
                 : kind == 2 ? (bits & 0x8001F000) | (64 + (bits >> 24) % 64) << 23
                             : (bits & 0x8000FFFF) | (bits >> 24) % 64 << 23);
}

inline void checkFma() {
  std::mt19937 random(9);
  for (int trial = 0; trial < (brief ? 1 << 17 : 1 << 20); trial++) {
    float a[Vector::N];
    float b[Vector::N];
    float c[Vector::N];
    float actual[Vector::N];
    for (int i = 0; i < Vector::N; i++) {
      a[i] = factorFor(trial % 4, random());
      b[i] = factorFor(trial / 4 % 4, random());
      float near = a[i] * b[i];
      c[i] = factorFor(trial / 16 % 4, random());
      if (trial % 3 == 0) {
        // Sums that cancel, or lie half a unit from a float.
        uint32_t shift = random() % 24;
        c[i] = floatOf(bitsOf(trial % 2 == 0 ? -near : near) + (random() % 5 << shift));
      } else if (trial % 3 == 1) {
        c[i] = std::ldexp(near, (int)(random() % 60) - 30);
      }
    }
    fma(Vector::load(a), Vector::load(b), Vector::load(c)).store(actual);
    for (int i = 0; i < Vector::N; i++) {
      float expected = fusedMultiplyAdd(a[i], b[i], c[i]);
      bool both = std::isnan(expected) && std::isnan(actual[i]);
      require(both || bitsOf(expected) == bitsOf(actual[i]), "fma", trial, i);
    }
  }
}

inline void checkEncoders() {
  checkFma();
  checkNearest<true>();
  checkNearest<false>();

  checkThresholds<SignedPower>(true, false);
  checkThresholds<SignedPower>(true, true);
  checkThresholds<UnsignedPower>(false, false);
  checkThresholds4<SignedPower4>(true);
  checkThresholds4<UnsignedPower4>(false);
}
