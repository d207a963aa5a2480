// Checks the native kernel against itself: every instruction set and number of threads must give the
// bits of the generic one, which the Java tests compare with the oracle. Made for the sanitizers, see
// native-sanitizers.sh, and for other platforms, see platforms.sh.
// Usage: native_check [--brief], which tries less, for emulators
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "lowbit4j/decay.h"
#include "lowbit4j/kernel.h"
#include "lowbit4j/norm.h"

using namespace lowbit4j;

namespace {

// The thread sanitizer is slow, and which rule a thread runs makes no race.
#if defined(__SANITIZE_THREAD__)
constexpr bool RACES_ONLY = true;
#else
constexpr bool RACES_ONLY = false;
#endif

bool brief = false;

void require(bool good, const char* what, int a = 0, int b = 0) {
  if (!good) {
    fprintf(stderr, "FAILED: %s (%d, %d)\n", what, a, b);
    exit(1);
  }
}

std::unique_ptr<Codebook> powerBook(bool isSigned, bool storesRoot, bool narrow) {
  float values[256];
  int levels = narrow ? (isSigned ? 123 : 248) : (isSigned ? 126 : 254);
  int reserved = narrow ? 0x7C : 0x7F;
  int next = 0;
  for (int code = 0; code < 256; code++) {
    bool stored = (code & reserved) != reserved;
    int k = isSigned ? code & 0x7F : stored ? ++next : 0;
    float t = (float)(k + 2) / (levels + 2);
    float value = isSigned ? (k == 0 ? 0 : t * t * t) : t * t;
    values[code] = !stored ? NAN : isSigned && code >= 0x80 ? -value : value;
  }
  return std::make_unique<Codebook>(values, 8, storesRoot, levels + 2, isSigned);
}

std::unique_ptr<Codebook> powerBook4(bool isSigned, bool storesRoot, bool narrow) {
  float values[256];
  std::fill(values, values + 256, NAN);
  int top = (isSigned ? 8 : 16) - narrow;
  const Power4 power{top, isSigned};
  for (int k = 0; k < (isSigned ? top : top - 1); k++) {
    float t = (float)(k + (isSigned ? 1 : 2)) / top;
    if (isSigned) {
      values[power.signedCode((uint8_t)k, true)] = k == 0 ? 0 : -(t * t);
      values[power.signedCode((uint8_t)k, false)] = k == 0 ? 0 : t * t;
    } else {
      values[power.unsignedCode((uint8_t)k)] = t * t;
    }
  }
  return std::make_unique<Codebook>(values, 4, storesRoot, top, isSigned);
}

// Evenly spaced between powers of ten, twice as many from each to the next.
std::unique_ptr<Codebook> dynamicBook(bool isSigned) {
  std::vector<float> levels;
  for (int decade = 0; decade < 7; decade++) {
    int n = (isSigned ? 1 : 2) << decade;
    n -= decade == 6;
    for (int i = 0; i < n; i++) {
      levels.push_back((float)(std::pow(10, decade - 6) * (0.1 + 0.9 * (i + 0.5) / n)));
    }
  }
  float values[256];
  std::fill(values, values + 256, NAN);
  if (isSigned) {
    values[0] = 0;
    for (int k = 1; k < 0x7F; k++) {
      values[k] = levels[k - 1];
      values[0x80 + k] = -levels[k - 1];
    }
    values[0x80] = 1;
  } else {
    levels.push_back(1);
    for (int k = 0; k < 254; k++) {
      values[k + (k >= 0x7F)] = levels[k];
    }
  }
  return std::make_unique<Codebook>(values, 8, false, 0, isSigned);
}

// Exactly as large as needed, so that the address sanitizer sees any access beyond.
struct State {
  std::vector<uint8_t> bytes;
  std::vector<uint8_t> gradient;
};

struct Kinds {
  int count = 0;
  Kind kinds[MOST_MOMENTS];

  template <class R>
  void rule() {
    count = R::MOMENTS;
    for (int k = 0; k < count; k++) {
      kinds[k] = R::kind(k);
    }
  }
};

class Trial {
 public:
  Trial(int rule, int64_t n, int blockSize, int words, int bits, bool dynamic, bool slow,
        float gradientScale)
      : n_(n), words_(words) {
    generic::withRule(rule, kinds_);
    step_.rule = rule;
    step_.bits = bits;
    step_.blockSize = blockSize;
    step_.stateWords = step_.gradientWords = words;
    step_.elements = n;
    cut_ = step_.blocks();
    step_.gradientScale = gradientScale;
    int64_t at = 0;
    for (int k = 0; k < kinds_.count; k++) {
      Kind kind = kinds_.kinds[k];
      books_[k] = dynamic    ? dynamicBook(isSigned(kind))
                  : bits == 4 ? powerBook4(isSigned(kind), isSquare(kind), words == HALF)
                              : powerBook(isSigned(kind), isSquare(kind), words == HALF);
      step_.codebooks[k] = books_[k].get();
      step_.slow[k] = slow;
      step_.scaleOffsets[k] = at;
      at += bits < 32 ? step_.blocks() * 4 : 0;
    }
    for (int k = 0; k < kinds_.count; k++) {
      step_.valueOffsets[k] = at;
      at += (n * bits + 7) / 8;
    }
    bytes_ = at;
    for (int i = 0; i < MOST_COEFFICIENTS; i++) {
      step_.coefficients[i] = 0.001f + 0.05f * (float)((i * 7) % 16);
    }
  }

  // Lets steps be done in two parts.
  void cut(int64_t block) { cut_ = block; }

  // The state and the last update after some steps.
  State run(int isa, int threads) {
    State state;
    state.bytes.resize(bytes_);
    std::mt19937 random(7);
    uint64_t checksum = 0;
    uint64_t skipped = 0;
    step_.isa = isa;
    step_.threads = threads;
    for (step_.iteration = 0; step_.iteration < 3; step_.iteration++) {
      state.gradient = gradient(random);
      step_.state = state.bytes.data();
      step_.gradient = state.gradient.data();
      checksum = skipped = 0;
      part(0, cut_, checksum, skipped);
      part(cut_, step_.blocks(), checksum, skipped);
    }
    require(checksum != 0 && skipped != 0, "nothing was done", step_.rule, isa);
    for (uint64_t x : {checksum, skipped}) {
      for (int i = 0; i < 8; i++) {
        state.bytes.push_back((uint8_t)(x >> 8 * i));
      }
    }
    return state;
  }

 private:
  Step step_;
  Kinds kinds_;
  std::unique_ptr<Codebook> books_[MOST_MOMENTS];
  int64_t n_;
  int words_;
  int64_t bytes_;
  int64_t cut_;

  void part(int64_t from, int64_t to, uint64_t& checksum, uint64_t& skipped) {
    step_.firstBlock = from;
    step_.endBlock = to;
    require(lowbit4j::run(step_), "unknown rule", step_.rule);
    checksum += step_.checksum;
    skipped += step_.skipped;
  }

  std::vector<uint8_t> gradient(std::mt19937& random) {
    std::vector<uint8_t> bytes(n_ * bytesOf(words_));
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < n_; i++) {
      int kind = (int)(i / 300 + step_.iteration) % 8;
      float g = normal(random) * 0.01f;
      g = kind == 1 ? 0 : kind == 2 ? g * 1e-20f : kind == 3 ? g * 1e20f : g;
      g = kind == 4 && i % 50 == 0 ? NAN : g;
      uint8_t* at = bytes.data() + i * bytesOf(words_);
      if (words_ == DOUBLE) {
        write(at, (double)g);
      } else if (words_ == HALF) {
        write(at, isFinite(g) && magnitude(g) < 60000 ? floatToHalf(g) : (uint16_t)0x7E00);
      } else {
        write(at, g);
      }
    }
    return bytes;
  }
};

// Those of this machine.
std::vector<int> instructionSets() {
  std::vector<int> sets;
  for (int isa = GENERIC; isa < ISAS; isa++) {
    if (hasIsa(isa)) {
      sets.push_back(isa);
    }
  }
  return sets;
}

void checkSteps(Trial& trial, int rule, const State& expected) {
  for (int isa : instructionSets()) {
    for (int threads = 1; threads <= 3; threads += brief ? 2 : 1) {
      State actual = trial.run(isa, threads);
      require(actual.bytes == expected.bytes, "state", rule, isa);
      require(actual.gradient == expected.gradient, "update", rule, isa);
    }
  }
}

template <class... All>
std::vector<int> numbersOf(generic::Rules<All...>) {
  return {All::ID...};
}

void checkSteps() {
  const int64_t n = 3 * 4096 + 77;
  const std::vector<int> blockSizes = brief ? std::vector<int>{256} : std::vector<int>{64, 256, 4096};
  for (int rule : numbersOf(generic::AllRules())) {
    if (RACES_ONLY && rule % 4 != 1) {
      continue;
    }
    for (int words : {FLOAT, DOUBLE, HALF}) {
      for (int blockSize : blockSizes) {
        float gradientScale = words == HALF ? 0.7f : 1.0f;
        for (int bits : {4, 8, 32}) {
          Trial trial(rule, n, blockSize, words, bits, false, rule % 2 == 0, gradientScale);
          State expected = trial.run(GENERIC, 1);
          trial.cut(bits == 32 ? 1 : 2);
          checkSteps(trial, rule, expected);
        }
        if (words != HALF) {
          Trial trial(rule, n, blockSize, words, 8, true, false, gradientScale);
          checkSteps(trial, rule, trial.run(GENERIC, 1));
        }
      }
    }
  }
}

void checkNorms() {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (int words : {FLOAT, DOUBLE, HALF}) {
    for (int64_t n : {0, 1, 7, 9, 4095, 4097, 3 * 4096 + 77, 4 * 4096, 9 * 4096 + 77}) {
      // Exactly as large as needed, and misaligned.
      std::vector<uint8_t> bytes(n * bytesOf(words) + 1);
      for (int64_t i = 0; i < n; i++) {
        float x = i % 5000 == 4999 ? NAN : normal(random);
        writeWord(words, bytes.data() + 1 + i * bytesOf(words), x);
      }
      double expected = sumOfSquares(bytes.data() + 1, words, n, GENERIC, 1);
      for (int isa : instructionSets()) {
        for (int threads = 1; threads <= 3; threads++) {
          double actual = sumOfSquares(bytes.data() + 1, words, n, isa, threads);
          require(actual == expected, "norm", words, isa);
        }
      }
    }
  }
}

void checkAxpy() {
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  for (int64_t n : {0, 1, 7, 17, 4095, 4097, 3 * 4096 + 77, 4 * 4096, 9 * 4096 + 77}) {
    std::vector<float> x(n);
    std::vector<float> y(n);
    for (int64_t i = 0; i < n; i++) {
      x[i] = normal(random);
      y[i] = normal(random);
    }
    std::vector<float> expected = y;
    std::vector<float> halves = y;
    for (int64_t i = 0; i < n; i++) {
      expected[i] = lowbit4j::fma(0.3f, x[i], y[i]);
      halves[i] = expected[i] * 0.5f;
    }
    double norm = sumOfSquares((uint8_t*)expected.data(), FLOAT, n, GENERIC, 1);
    for (int isa : instructionSets()) {
      for (int threads = 1; threads <= 3; threads++) {
        std::vector<float> actual = y;
        axpy(0.3f, x.data(), 1, actual.data(), n, isa, threads);
        require(actual == expected, "axpy", (int)n, isa);
        actual = y;
        axpy(0.3f, x.data(), 0.5f, actual.data(), n, isa, threads);
        require(actual == halves, "axpy with a factor", (int)n, isa);
        actual = y;
        require(axpyNorm(0.3f, x.data(), actual.data(), n, isa, threads) == norm, "norm of sums",
                (int)n, isa);
        require(actual == expected, "axpy with norm", (int)n, isa);
      }
    }
  }
}

}  // namespace

#define LB_IN_EACH_VARIANT "encode_check.h"
#include "lowbit4j/each_variant.h"

void checkEncoders() {
#define LB_CHECK(variant, isa, has)     \
  if (hasIsa(isa)) {                    \
    lowbit4j::variant::checkEncoders(); \
  }
  LB_VARIANTS(LB_CHECK)
}

int main(int count, char** arguments) {
  brief = count > 1 && std::string(arguments[1]) == "--brief";
  if (!RACES_ONLY) {
    checkEncoders();
  }
  checkSteps();
  checkNorms();
  checkAxpy();
  printf("ok, up to instruction set %s\n", isaName(bestIsa()));
  return 0;
}
