// The two halves of a step on vectors, group by group: decode and rule, and encode. Included once per
// instruction set, inside its namespace and target, after its codecs (power.h).

// Map: PowerMap or NearestMap.
template <class Rule, class Map, int K>
using Codec = typename Map::template Codec<isSigned(Rule::kind(K))>;

// Whether a moment is adapted to the rounding of the first one before it is encoded.
template <class Rule>
constexpr bool isAdapted(int k) {
  return Rule::COMPENSATES && k > 0;
}

// Decodes the moments of a block and applies the rule, group by group.
template <class Rule, class Map>
struct UpdateSweep {
  static constexpr int MOMENTS = Rule::MOMENTS;

  float* gradient;
  const Codebook* const* codebooks;
  const uint8_t* codes[MOMENTS];
  float* numbers[MOMENTS];  // receive what is to be encoded, or adapted
  float* inverses;          // receive those of the first moment, for rules that compensate
  Vector scales[MOMENTS];
  Vector largest[MOMENTS];
  Vector smallest[MOMENTS];  // of signed moments
  Vector coefficients[Rule::COEFFICIENTS];

  Vector moments[4][MOMENTS];

  LB_INLINE void decodeGroup(int i) {
    decode<0>(i);
    if constexpr (RELATES) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        finish(moments[v]);
      }
    }
  }

  // Vector v of the group that begins at i.
  LB_INLINE void vector(int i, int v) {
    int at = i + v * Vector::N;
    Vector* s = moments[v];
    Rule::step(Vector::load(gradient + at), s, coefficients).store(gradient + at);
    if constexpr (Rule::COMPENSATES) {
      Rule::inverse(s[0], coefficients).store(inverses + at);
    }
    for (int k = 0; k < MOMENTS; k++) {
      if (isAdapted<Rule>(k)) {
        s[k].store(numbers[k] + at);
        continue;
      }
      Vector x = stored(k, s);
      Vector size = isSigned(Rule::kind(k)) ? magnitude(x) : x;
      largest[k] = Vector::largerPositive(largest[k], size);
      if (Map::HAS_HIGH && isSigned(Rule::kind(k))) {
        smallest[k] = Vector::smallerPositive(smallest[k], size);
      }
      x.store(numbers[k] + at);
    }
  }

 private:
  // Whether moments are stored divided by another one.
  static constexpr bool RELATES = Map::BITS == 4 && divisorOf<Rule>() >= 0;
  static constexpr int DIVISOR = RELATES ? divisorOf<Rule>() : 0;

  // Moments of what is stored of them.
  LB_INLINE static void finish(Vector* s) {
    Vector divisor = s[DIVISOR];
    for (int k = 0; k < MOMENTS; k++) {
      s[k] = Map::template divides<Rule>(k)   ? s[k] * divisor
             : Map::storesRoot(Rule::kind(k)) ? s[k] * s[k]
                                              : s[k];
    }
  }

  // What is stored of a moment; too large a quotient is infinite.
  LB_INLINE static Vector stored(int k, const Vector* s) {
    return Map::template divides<Rule>(k) ? Vector::quotient(s[k], rootOf(DIVISOR, s)) : rootOf(k, s);
  }

  LB_INLINE static Vector rootOf(int k, const Vector* s) {
    return Map::storesRoot(Rule::kind(k)) ? root(s[k]) : s[k];
  }

  template <int K>
  LB_INLINE void decode(int i) {
    Vector values[4];
    Codec<Rule, Map, K>::decode(*codebooks[K], codes[K] + i * Map::BITS / 8, values);
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      Vector x = values[v] * scales[K];
      moments[v][K] = !RELATES && Map::storesRoot(Rule::kind(K)) ? x * x : x;
    }
    if constexpr (K + 1 < MOMENTS) {
      decode<K + 1>(i);
    }
  }
};

// Bytes that memory gives at once.
constexpr int LINE = 64;

// Whether sweeps fetch memory. Shorter vectors take long enough for the CPU to look ahead by itself.
constexpr bool FETCHES = Vector::N * sizeof(float) == LINE;

// How many elements ahead memory is fetched: more than a block, and for no size of blocks a multiple of
// 4 KiB, as fetches would then collide with stores to addresses with the same lowest 12 bits.
inline int fetchedAhead(const Step& step) { return step.blockSize + 256; }

// Fetches what the next blocks will read, a line at a time. A block's gradient is read at once when it
// begins, faster than memory gives it, and the CPU does not look ahead while it is worked on. Fetches
// side by side wait for each other, so they are spread over the sweep. They may be behind the end.
template <int MOMENTS, int BITS>
class Ahead {
 public:
  // Of what comes behind a block.
  LB_INLINE Ahead(const Step& step, int64_t block)
      : stride_(Vector::N * bytesOf(step.gradientWords)) {
    int elements = fetchedAhead(step);
    gradient_ = step.gradientAt(block * step.blockSize + elements);
    for (int k = 0; k < MOMENTS; k++) {
      codes_[k] = step.valuesAt(k, block) + elements * BITS / 8;
    }
  }

  // By turns with vectors, from the first on: what corresponds to vector v of the group that begins at
  // i, and to a moment's codes of that group.
  LB_INLINE void fetch(int i, int v) {
    if constexpr (FETCHES) {
      __builtin_prefetch(gradient_);
      if (stride_ > LINE) {
        __builtin_prefetch(gradient_ + LINE);
      }
      gradient_ += stride_;
      if (v < MOMENTS) {
        __builtin_prefetch(codes_[v] + i * BITS / 8);
      }
    }
  }

 private:
  const int stride_;
  const uint8_t* gradient_;
  const uint8_t* codes_[MOMENTS];
};

// What is needed to encode a moment of a block.
struct Encoding {
  const Codebook* codebook;
  float* numbers;
  uint8_t* codes;
  float scale;
  bool slow;
  Doubts* doubts;  // room for one per group
  typename Vector::Sums sums;
};

// Encodes the moments of a block from K to END, group by group. HIGH: signed ones are known to be high.
template <class Rule, class Map, int K, int END, bool HIGH>
struct EncodeSweep {
  struct Nothing {
    LB_INLINE explicit Nothing(const Encoding*) {}
    LB_INLINE void vector(int, int, Vector) {}
    LB_INLINE void storeGroup(int) {}
    LB_INLINE void end(Encoding*, int) {}
  };
  static constexpr bool LAST = K + 1 == END;
  using Rest =
      std::conditional_t<LAST, Nothing, EncodeSweep<Rule, Map, LAST ? K : K + 1, END, HIGH>>;

  const float* numbers;
  uint8_t* codes;
  Doubts* doubts;
  typename Vector::Sums sums;
  Codec<Rule, Map, K> codec;
  Vector levels[4];
  Rest rest;

  LB_INLINE explicit EncodeSweep(const Encoding* e)
      : numbers(e[K].numbers),
        codes(e[K].codes),
        doubts(e[K].doubts),
        codec(*e[K].codebook, e[K].scale, e[K].slow),
        rest(e) {
    sums.clear();
  }

  // Vector v of the group that begins at i, and its dither.
  LB_INLINE void vector(int i, int v, Vector fromMiddle) {
    Vector x = Vector::load(numbers + i + v * Vector::N);
    levels[v] = codec.template level<HIGH>(x, fromMiddle, v);
    rest.vector(i, v, fromMiddle);
  }

  LB_INLINE void storeGroup(int i) {
    auto bytes = codec.codes(levels, numbers + i);
    Vector::storeBytes(codes + i * Map::BITS / 8, bytes);
    sums.add(bytes);
    codec.note(i, doubts);
    rest.storeGroup(i);
  }

  LB_INLINE void end(Encoding* e, int n) {
    if (doubts != e[K].doubts) {
      codec.settle(e[K].doubts, doubts, numbers, codes);
      sums = Map::sumsOf(codes, n);
    }
    e[K].sums = sums;
    rest.end(e, n);
  }
};
