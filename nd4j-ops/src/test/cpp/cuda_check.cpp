// Kernels under the emulation against the native kernel's plain C++, as a program of its own, so
// that it can be built with sanitizers, see cuda-sanitizers.sh.
//
// Arguments: elements, seeds, and what: update, clip, quantize or all. Exit status 1 if a bit differs,
// 2 if a block does not come to its end.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "lowbit4j/cuda/clip.cu"
#include "lowbit4j/cuda/quantize.cu"
#include "lowbit4j/cuda/update.cu"
#include "lowbit4j/step.h"

namespace lowbit4j {
namespace reference {
#include "lowbit4j/relative.h"
#include "lowbit4j/serial.h"
#include "lowbit4j/block.h"
}
}  // namespace lowbit4j

using namespace lowbit4j;

namespace {

using R = lowbit4j::cuda::ChosenRule;

// The POWER codebooks of FLOAT arrays: org.lowbit4j.codec.QuantMap.
std::vector<float> powerValues(bool isSigned) {
  std::vector<float> values(256, NAN);
  for (int code = 0; code < 256; code++) {
    int k = code & 0x7F;
    if (k == 0x7F) {
      continue;
    }
    float t = (float)(k + 2) / 128;
    float cube = k == 0 ? 0 : t * t * t;
    float u = (float)(code < 0x80 ? code + 3 : code + 2) / 256;
    values[code] = isSigned ? (code < 0x80 ? cube : -cube) : u * u;
  }
  return values;
}

// The same in 4 bits, one code a byte.
std::vector<float> powerValues4(bool isSigned) {
  std::vector<float> values(256, NAN);
  for (int code = 0; code < 15; code++) {
    int k = isSigned && code > 7 ? code - 7 : code;
    float t = isSigned ? (float)(k + 1) / 8 : (float)(k + 2) / 16;
    values[code] = isSigned && k == 0 ? 0 : code > 7 && isSigned ? -(t * t) : t * t;
  }
  return values;
}

// As org.lowbit4j.cuda.DeviceTable makes it, for codebooks without a negative zero's troubles.
void fillLevels(Table& table, const std::vector<float>& values, int sign, int first, int n) {
  std::vector<int> codes;
  for (int k = 0; k < n; k++) {
    codes.push_back(n > 200 ? (k < 127 ? k : k + 1) : (sign << 7) + k);
  }
  for (int k = 0; k < n; k++) {
    bool last = k + 1 == n;
    float level = magnitude(values[codes[k]]);
    float above = last ? INFINITY : magnitude(values[codes[k + 1]]);
    TableLevel& to = table.levels[first + k];
    to.middle = last ? INFINITY : 0.5f * (level + above);
    to.codes = (uint32_t)(codes[k] | codes[last ? k : k + 1] << 8);
    table.next[first + k] = last ? MAGNITUDE_BITS : bitsOf(above);
  }
  int lowest = (int)(bitsOf(magnitude(values[codes[1]])) >> Table::SHIFT) - 1;
  table.lowestBucket[sign] = lowest;
  int k = 0;
  for (int bucket = lowest; bucket <= Table::LAST_BUCKET; bucket++) {
    while (k + 1 < n && bitsOf(magnitude(values[codes[k + 1]])) <= (uint32_t)bucket << 16) {
      k++;
    }
    table.floors[sign][bucket - lowest] = (uint8_t)(first + k);
  }
}

// top: 0 to encode to the nearest.
Table powerTable(bool isSigned, int top) {
  Table table{};
  std::vector<float> values = powerValues(isSigned);
  memcpy(table.values, values.data(), sizeof table.values);
  table.power = Power{top, isSigned};
  if (isSigned) {
    fillLevels(table, values, 0, 0, 127);
    fillLevels(table, values, 1, 127, 127);
  } else {
    fillLevels(table, values, 0, 0, 254);
  }
  return table;
}

// Of 4 bits, which are not encoded to the nearest.
Table powerTable4(bool isSigned) {
  Table table{};
  memcpy(table.values, powerValues4(isSigned).data(), sizeof table.values);
  table.power = Power{isSigned ? 8 : 16, isSigned};
  return table;
}

// Memory of exactly so many bytes that begins so far behind an aligned address.
struct Bytes {
  std::vector<uint8_t> all;
  size_t shift;

  Bytes(size_t n, size_t shift) : all(n + shift), shift(shift) {}
  uint8_t* at() { return all.data() + shift; }
};

constexpr int BLOCK = 256;
constexpr int HEADER = 24 * 4;

// Of words other than 0, but for the checksum; the number of steps stays what it is.
Header someHeader() {
  Header header{HEADER, 0, 1, (STEPS_AT + 1) | (STEPS_AT + 2) << BASE_BITS, {}};
  for (int i = 0; i < HEADER / 4; i++) {
    float word = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_DIGITS ? 0 : i + 1;
    memcpy(header.words + 4 * i, &word, 4);
  }
  return header;
}

struct Steps {
  int64_t n;
  int bits;
  size_t shift;
  Bytes gradient, expectedGradient, state, expectedState;
  Step step;
  Answers answers{};
  Status status{};
  UpdateArguments arguments{};

  static size_t stateBytes(int64_t n, int bits) {
    int64_t blocks = (n + BLOCK - 1) / BLOCK;
    int64_t values = ((n * bits + 7) / 8 + 7) / 8 * 8;
    return (size_t)(HEADER + R::MOMENTS * (blocks * 4 + values)) + 8;
  }

  Steps(int64_t n, int bits, size_t shift)
      : n(n),
        bits(bits),
        shift(shift),
        gradient(n * 4, shift),
        expectedGradient(n * 4, shift),
        state(stateBytes(n, bits), shift),
        expectedState(stateBytes(n, bits), shift) {
    int64_t blocks = (n + BLOCK - 1) / BLOCK;
    int64_t values = (HEADER + R::MOMENTS * blocks * 4 + 7) / 8 * 8;
    step.rule = R::ID;
    step.bits = bits;
    step.blockSize = BLOCK;
    step.elements = n;
    step.gradient = expectedGradient.at();
    step.state = expectedState.at();
    static const Codebook SIGNED(powerValues(true).data(), 8, false, 128, true);
    static const Codebook ROOTS(powerValues(false).data(), 8, true, 256, false);
    static const Codebook NORMS(powerValues(false).data(), 8, false, 256, false);
    static const Table SIGNED_TABLE = powerTable(true, 128);
    static const Table UNSIGNED_TABLE = powerTable(false, 256);
    static const Codebook SIGNED4(powerValues4(true).data(), 4, false, 8, true);
    static const Codebook ROOTS4(powerValues4(false).data(), 4, true, 16, false);
    static const Codebook NORMS4(powerValues4(false).data(), 4, false, 16, false);
    static const Table SIGNED_TABLE4 = powerTable4(true);
    static const Table UNSIGNED_TABLE4 = powerTable4(false);
    arguments.gradient = (uint64_t)gradient.at();
    arguments.state = (uint64_t)state.at();
    arguments.answers = (uint64_t)&answers;
    arguments.status = (uint64_t)&status;
    arguments.header = someHeader();
    arguments.elements = n;
    arguments.blockSize = BLOCK;
    arguments.stateWords = arguments.gradientWords = FLOAT;
    arguments.gradientScale = 1;
    for (int k = 0; k < R::MOMENTS; k++) {
      Kind kind = R::kind(k);
      const Codebook* roots = bits == 4 ? &ROOTS4 : &ROOTS;
      const Codebook* norms = bits == 4 ? &NORMS4 : &NORMS;
      step.codebooks[k] = isSigned(kind)   ? (bits == 4 ? &SIGNED4 : &SIGNED)
                          : isSquare(kind) ? roots
                                           : norms;
      step.scaleOffsets[k] = arguments.scaleOffsets[k] = HEADER + k * blocks * 4;
      step.valueOffsets[k] = arguments.valueOffsets[k] =
          values + k * (((n * bits + 7) / 8 + 7) / 8 * 8);
      const Table* signedTable = bits == 4 ? &SIGNED_TABLE4 : &SIGNED_TABLE;
      const Table* unsignedTable = bits == 4 ? &UNSIGNED_TABLE4 : &UNSIGNED_TABLE;
      arguments.tables[k] = (uint64_t)(isSigned(kind) ? signedTable : unsignedTable);
      arguments.storesRoot[k] = isSquare(kind);
    }
    for (int i = 0; i < R::COEFFICIENTS; i++) {
      step.coefficients[i] = arguments.coefficients[i] = 0.05f + 0.07f * i;
    }
  }

  static void kernel4(const void* a) { update4(*(const UpdateArguments*)a); }
  static void kernel8(const void* a) { update8(*(const UpdateArguments*)a); }
  static void kernel32(const void* a) { update32(*(const UpdateArguments*)a); }

  void fill(uint64_t seed) {
    for (int64_t i = 0; i < n; i++) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      float x = ((float)(int)(seed >> 40) - 8388608) * 0x1p-30f;
      x = (seed >> 32 & 255) == 0 ? NAN : (seed >> 32 & 255) == 1 ? 1e25f : x;
      memcpy(gradient.at() + 4 * i, &x, 4);
      memcpy(expectedGradient.at() + 4 * i, &x, 4);
    }
  }

  // The same step by plain C++.
  void expectStep() {
    reference::BlockStep<R, Scalar> careful(step);
    Totals totals;
    for (int64_t b = 0; b < step.blocks(); b++) {
      careful.run(b, totals);
    }
    memcpy(expectedState.at(), arguments.header.words, HEADER);
    for (int i = 0; i < 6; i++) {
      float digit = (float)(int)(totals.checksum >> 11 * i & 2047);
      memcpy(expectedState.at() + 4 * (CHECKSUM_AT + i), &digit, 4);
    }
  }

  // 0, 1 or 2, see above.
  int compare(const char* what, uint64_t seed) {
    emulation::Dim grid{4, 1, 1};
    emulation::Dim block{BLOCK / GROUP, 1, 1};
    auto kernel = bits == 4 ? kernel4 : bits == 8 ? kernel8 : kernel32;
    if (!emulation::launch(kernel, &arguments, grid, block, seed)) {
      printf("%d bits, %s: %s\n", bits, what, emulation::fault());
      return 2;
    }
    bool same = gradient.all == expectedGradient.all && state.all == expectedState.all &&
                answers.checksum == 0 && answers.arrived == 0;
    if (!same) {
      printf("%d bits, shift %zu, seed %llu, %s: other bits\n", bits, shift,
             (unsigned long long)seed, what);
    }
    return same ? 0 : 1;
  }

  int run(uint64_t seed) {
    for (int iteration = 0; iteration < 3; iteration++) {
      fill(++seed);
      step.iteration = arguments.iteration = iteration;
      arguments.header.fresh = iteration == 0;
      expectStep();
      if (int result = compare("a step", seed)) {
        return result;
      }
    }
    // Another's state stays as it is, and the update is 0.
    state.at()[4 * CHECKSUM_AT]++;
    expectedState.at()[4 * CHECKSUM_AT]++;
    fill(++seed);
    memset(expectedGradient.at(), 0, n * 4);
    int result = compare("another's state", seed);
    return result != 0 || (answers.foreign == 1 && status.foreign == 1) ? result : 1;
  }
};

// Percentile clipping. Its bits are tested elsewhere.
int runClip(int64_t n, uint64_t seed) {
  Bytes gradient(n * 4, 4);
  Bytes state(HEADER + HISTORY * 4, 4);
  constexpr int NORM_BLOCK = 16;
  int64_t blocks = (n + NORM_BLOCK - 1) / NORM_BLOCK;
  std::vector<double> squares(blocks);
  Answers answers{};
  float three = 3;
  memcpy(gradient.at() + 4 * (n - 1), &three, 4);
  ClipArguments clip{(uint64_t)gradient.at(),
                     (uint64_t)state.at(),
                     (uint64_t)&answers,
                     (uint64_t)squares.data(),
                     n,
                     HEADER,
                     FLOAT,
                     FLOAT,
                     NORM_BLOCK,
                     2,
                     7,
                     30,
                     someHeader()};
  uint32_t grid = (uint32_t)((blocks * NORM_LANES + NORM_THREADS - 1) / NORM_THREADS);
  for (int i = 0; i < 2; i++) {
    if (!emulation::launch([](const void* a) { clipGradient(*(const ClipArguments*)a); }, &clip,
                           {grid, 1, 1}, {NORM_THREADS, 1, 1}, seed++)) {
      printf("clipping: %s\n", emulation::fault());
      return 2;
    }
    float norm;
    memcpy(&norm, state.at() + HEADER, 4);
    if (norm != 3 || answers.gradientScale != 1) {
      printf("clipping: norm %g, scale %g\n", norm, answers.gradientScale);
      return 1;
    }
  }
  return 0;
}

// Arrays in 8 bits; the block size is no multiple of the four elements that a thread takes.
int runQuantize(int64_t n, size_t shift, uint64_t seed) {
  constexpr int SIZE = 303;
  int64_t blocks = (n + SIZE - 1) / SIZE;
  static const Codebook SIGNED(powerValues(true).data(), 8, false, 0, true);
  static const Table TABLE = powerTable(true, 0);
  Bytes array(n * 4, shift);
  Bytes codes(n, shift);
  Bytes expectedCodes(n, shift);
  Bytes back(n * 4, shift);
  Bytes expectedBack(n * 4, shift);
  std::vector<float> scales(blocks), expectedScales(blocks), sums(2 * blocks);
  uint64_t refused[2] = {};
  std::vector<float> x(n);
  uint64_t random = seed;
  for (float& each : x) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    each = ((float)(int)(random >> 40) - 8388608) * 0x1p-30f;
  }
  memcpy(array.at(), x.data(), n * 4);
  for (int64_t block = 0; block < blocks; block++) {
    int64_t from = block * SIZE;
    int length = (int)(n - from < SIZE ? n - from : SIZE);
    float scale = largestMagnitude(x.data() + from, length);
    SIGNED.encodeScaled(x.data() + from, length, scale, false, phaseOf(from, 0),
                        expectedCodes.at() + from);
    SIGNED.decodeStored(expectedCodes.at() + from, length, scale, x.data() + from);
    expectedScales[block] = scale;
  }
  memcpy(expectedBack.at(), x.data(), n * 4);
  QuantizeArguments quantize{(uint64_t)array.at(),
                             (uint64_t)codes.at(),
                             (uint64_t)scales.data(),
                             (uint64_t)sums.data(),
                             (uint64_t)refused,
                             (uint64_t)&TABLE,
                             n,
                             FLOAT,
                             SIZE,
                             1,
                             0};
  DequantizeArguments dequantize{(uint64_t)back.at(), (uint64_t)codes.at(), (uint64_t)scales.data(),
                                 (uint64_t)&TABLE,     n,                    FLOAT,
                                 SIZE};
  bool ended =
      emulation::launch([](const void* a) { quantizeBlockwise(*(const QuantizeArguments*)a); },
                        &quantize, {3, 1, 1}, {96, 1, 1}, seed) &&
      emulation::launch([](const void* a) { dequantizeBlockwise(*(const DequantizeArguments*)a); },
                        &dequantize, {3, 1, 1}, {96, 1, 1}, seed);
  if (!ended) {
    printf("an array: %s\n", emulation::fault());
    return 2;
  }
  bool same = codes.all == expectedCodes.all && back.all == expectedBack.all &&
              scales == expectedScales && refused[0] == 0 && refused[1] == 0;
  if (!same) {
    printf("an array: other bits\n");
  }
  return same ? 0 : 1;
}

int run(int64_t n, uint64_t seed, const std::string& what) {
  const bool all = what == "all";
#if defined(__SANITIZE_THREAD__)
  // Slow, and how arrays are aligned makes no race.
  std::vector<size_t> shifts{4};
#else
  std::vector<size_t> shifts{0, 4};
#endif
  int worst = 0;
  if (all || what == "clip") {
    worst = std::max(worst, runClip(n, seed));
  }
  for (size_t shift : shifts) {
    if (all || what == "quantize") {
      worst = std::max(worst, runQuantize(n, shift, seed));
    }
    for (int bits : {4, 8, 32}) {
      if (all || what == "update") {
        worst = std::max(worst, Steps(n, bits, shift).run(seed + shift));
      }
    }
  }
  return worst;
}

}  // namespace

int main(int, char** arguments) {
  int worst = 0;
  for (int seed = 1; seed <= atoi(arguments[2]) && worst == 0; seed++) {
    worst = run(atoll(arguments[1]), 1000 * seed, arguments[3]);
  }
  return worst;
}
