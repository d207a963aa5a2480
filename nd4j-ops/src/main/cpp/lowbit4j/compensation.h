// The second moment adapted to what is stored of the first, as rules that compensate want it. Included
// once per instruction set, inside its namespace and target, after its codecs (power.h, sweep.h).

// Map: PowerMap or PowerMap4.
template <class Rule, class Map, bool = Rule::COMPENSATES>
class Compensation {};

template <class Rule, class Map>
class Compensation<Rule, Map, true> {
  static_assert(isSquare(Rule::kind(0)));
  using First = Codec<Rule, Map, 0>;

 public:
  // Those of the first moment, which updating a block leaves here.
  float* inverses() { return inverses_; }

  // The dither of the block adapted last: of vector v of the group that begins at i.
  LB_INLINE Vector dither(int i, int v) const { return Vector::load(dithers_ + i + v * Vector::N); }

  // Encodes a block's first moment, unless it is encoded, and adapts the second one to what was stored;
  // returns the largest number of the latter. phase: where the dither stands at the block's begin.
  __attribute__((noinline)) float run(const Step& step, uint32_t phase, Encoding& first,
                                      bool isEncoded, float* numbers) {
    Second second{inverses_, numbers, {}, Vector(0.0f), {}};
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      second.coefficients[i] = Vector(step.coefficients[i]);
    }
    second.scale = Vector(first.scale * Map::unit(Rule::kind(0)));
    if (isEncoded) {
      adapt(step.blockSize, phase, first, second);
    } else {
      encodeAndAdapt(step.blockSize, phase, first, second);
    }
    return second.largest.largestPositive();
  }

 private:
  alignas(64) float inverses_[LARGEST_BLOCK];
  alignas(64) float dithers_[LARGEST_BLOCK];

  // The second moment.
  struct Second {
    const float* inverses;
    float* numbers;
    Vector coefficients[Rule::COEFFICIENTS];
    Vector largest;
    Vector scale;  // of what is stored of the first

    LB_INLINE void group(int i, const Vector* values) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        int at = i + v * Vector::N;
        Vector stored = values[v] * scale;
        Vector x = root(Rule::compensated(Vector::load(inverses + at), stored * stored,
                                          Vector::load(numbers + at), coefficients));
        largest = Vector::largerPositive(largest, x);
        x.store(numbers + at);
      }
    }
  };

  // The dither, kept for the second moment.
  LB_INLINE Vector noteDither(Vector::Phase phase, int i, int v) {
    Vector u = Vector::fromMiddle(phase, v);
    u.store(dithers_ + i + v * Vector::N);
    return u;
  }

  LB_INLINE void adapt(int n, uint32_t firstPhase, const Encoding& first, Second& second) {
    Vector::Phase phase = Vector::phases(firstPhase);
    for (int i = 0; i < n; i += GROUP) {
      Vector values[4];
      First::decode(*first.codebook, first.codes + i * Map::BITS / 8, values);
      second.group(i, values);
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        noteDither(phase, i, v);
      }
      phase = Vector::nextGroup(phase);
    }
  }

  // One loop, as the second moment's roots take long, and what is stored need not be decoded.
  LB_INLINE void encodeAndAdapt(int n, uint32_t firstPhase, Encoding& first, Second& second) {
    First codec(*first.codebook, first.scale, first.slow);
    Vector::Phase phase = Vector::phases(firstPhase);
    typename Vector::Sums sums;
    sums.clear();
    for (int i = 0; i < n; i += GROUP) {
      Vector levels[4];
      Vector values[4];
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        Vector x = Vector::load(first.numbers + i + v * Vector::N);
        levels[v] = codec.template level<true>(x, noteDither(phase, i, v), v);
        values[v] = First::value(levels[v]);
      }
      second.group(i, values);
      auto bytes = First::codes(levels, nullptr);
      Vector::storeBytes(first.codes + i * Map::BITS / 8, bytes);
      sums.add(bytes);
      phase = Vector::nextGroup(phase);
    }
    first.sums = sums;
  }
};
