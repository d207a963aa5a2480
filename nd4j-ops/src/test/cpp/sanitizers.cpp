// Kernels under the emulation against the native kernel's plain C++, as a program of its own, so
// that it can be built with sanitizers. Build: sanitizers.sh.
//
// Arguments: elements, seed. Exit status 1 if a bit differs, 2 if a block does not come to its end.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "lowbit4j/cuda/common.cu"
#include "lowbit4j/cuda/update.cu"
#include "lowbit4j/step.h"

namespace lowbit4j {
namespace reference {
#include "lowbit4j/block.h"
}
}  // namespace lowbit4j

extern "C" char __start_emulated_shared[];
extern "C" char __stop_emulated_shared[];

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

// As org.lowbit4j.cuda.DeviceTable makes it, for codebooks without a negative zero's troubles.
void fillLevels(Table& table, const std::vector<float>& values, int sign, int first, int n,
                int dithered) {
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
    to.width = last ? 0 : above - level;
    to.widthOfSmall = k < dithered ? to.width : 0;
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

Table* powerTable(bool isSigned) {
  Table* table = new Table();
  std::vector<float> values = powerValues(isSigned);
  memcpy(table->values, values.data(), sizeof table->values);
  if (isSigned) {
    fillLevels(*table, values, 0, 0, 127, 32);
    fillLevels(*table, values, 1, 127, 127, 32);
  } else {
    fillLevels(*table, values, 0, 0, 254, 254);
  }
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

struct Steps {
  int64_t n;
  int bits;
  size_t shift;
  Bytes gradient, expectedGradient, state, expectedState;
  Step step;
  Answers answers{};
  UpdateArguments arguments{};

  static size_t stateBytes(int64_t n, int bits) {
    int64_t blocks = (n + BLOCK - 1) / BLOCK;
    int64_t values = (n * (bits / 8) + 7) / 8 * 8;
    return (size_t)(R::MOMENTS * (blocks * 4 + values)) + 8;
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
    int64_t values = (R::MOMENTS * blocks * 4 + 7) / 8 * 8;
    step.rule = R::ID;
    step.moments = R::MOMENTS;
    step.bits = bits;
    step.blockSize = BLOCK;
    step.elements = n;
    step.gradient = expectedGradient.at();
    step.state = expectedState.at();
    static const Codebook SIGNED(powerValues(true).data(), false, 32);
    static const Codebook ROOTS(powerValues(false).data(), true, 254);
    static const Codebook NORMS(powerValues(false).data(), false, 254);
    static const Table* SIGNED_TABLE = powerTable(true);
    static const Table* UNSIGNED_TABLE = powerTable(false);
    arguments.gradient = (uint64_t)gradient.at();
    arguments.state = (uint64_t)state.at();
    arguments.answers = (uint64_t)&answers;
    arguments.elements = n;
    arguments.blockSize = BLOCK;
    arguments.stateWords = arguments.gradientWords = FLOAT;
    arguments.gradientScale = 1;
    for (int k = 0; k < R::MOMENTS; k++) {
      Kind kind = R::kind(k);
      step.codebooks[k] = isSigned(kind) ? &SIGNED : isSquare(kind) ? &ROOTS : &NORMS;
      step.scaleOffsets[k] = arguments.scaleOffsets[k] = k * blocks * 4;
      step.valueOffsets[k] = arguments.valueOffsets[k] =
          values + k * ((n * (bits / 8) + 7) / 8 * 8);
      arguments.tables[k] = (uint64_t)(isSigned(kind) ? SIGNED_TABLE : UNSIGNED_TABLE);
      arguments.storesRoot[k] = isSquare(kind);
    }
    for (int i = 0; i < R::COEFFICIENTS; i++) {
      step.coefficients[i] = arguments.coefficients[i] = 0.05f + 0.07f * i;
    }
  }

  static void kernel8(const void* a) { update8(*(const UpdateArguments*)a); }
  static void kernel32(const void* a) { update32(*(const UpdateArguments*)a); }

  // 0, 1 or 2, see above.
  int run(uint64_t seed) {
    emulation::Module module{nullptr, 0, __start_emulated_shared, __stop_emulated_shared, nullptr};
    for (int iteration = 0; iteration < 3; iteration++) {
      for (int64_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        float x = ((float)(int)(seed >> 40) - 8388608) * 0x1p-30f;
        x = (seed >> 32 & 255) == 0 ? NAN : (seed >> 32 & 255) == 1 ? 1e25f : x;
        memcpy(gradient.at() + 4 * i, &x, 4);
        memcpy(expectedGradient.at() + 4 * i, &x, 4);
      }
      step.iteration = arguments.iteration = iteration;
      reference::BlockStep<R, Scalar> careful(step);
      Totals totals;
      for (int64_t b = 0; b < step.blocks(); b++) {
        careful.run(b, totals);
      }
      emulation::Dim grid{3, 1, 1};
      emulation::Dim block{BLOCK / GROUP, 1, 1};
      answers.checksum = 0;
      if (!emulation::launch(module, bits == 8 ? kernel8 : kernel32, &arguments, grid, block,
                             seed)) {
        printf("%d bits: %s\n", bits, emulation::fault());
        return 2;
      }
      if (gradient.all != expectedGradient.all || state.all != expectedState.all ||
          answers.checksum != totals.checksum) {
        printf("%d bits, shift %zu, step %d: other bits\n", bits, shift, iteration);
        return 1;
      }
    }
    return 0;
  }
};

// The kernels around a step. Their bits are tested elsewhere.
int runCommon(int64_t n, uint64_t seed) {
  constexpr int NORMS_AT = 24 * 4;
  Bytes gradient(n * 4, 4);
  Bytes state(NORMS_AT + HISTORY * 4, 4);
  int64_t blocks = (n + NORM_BLOCK - 1) / NORM_BLOCK;
  std::vector<double> sums(blocks);
  Answers answers{};
  Status status{};
  SquaresArguments squares{(uint64_t)gradient.at(), (uint64_t)sums.data(), n, FLOAT, 0};
  ClipArguments clip{(uint64_t)sums.data(), (uint64_t)state.at(), (uint64_t)&answers, blocks,
                     NORMS_AT,              FLOAT,                2,                  7,
                     30};
  HeaderArguments header{(uint64_t)state.at(), (uint64_t)&answers, (uint64_t)&status, FLOAT,
                         NORMS_AT,             0,                  0,                 {}};
  emulation::Module module{nullptr, 0, __start_emulated_shared, __stop_emulated_shared, nullptr};
  auto run = [&](emulation::Kernel kernel, const void* arguments, uint32_t grid, uint32_t block) {
    return emulation::launch(module, kernel, arguments, {grid, 1, 1}, {block, 1, 1}, seed++);
  };
  bool good = true;
  for (int i = 0; i < 2; i++) {
    good &= run([](const void* a) { openStep(*(const HeaderArguments*)a); }, &header, 1, 32);
    good &= run([](const void* a) { sumSquares(*(const SquaresArguments*)a); }, &squares, 2, 256);
    good &= run([](const void* a) { clipGradient(*(const ClipArguments*)a); }, &clip, 1, 128);
    good &= run([](const void* a) { closeStep(*(const HeaderArguments*)a); }, &header, 1, 32);
  }
  return good ? 0 : 2;
}

}  // namespace

int main(int, char** arguments) {
  int64_t n = atoll(arguments[1]);
  uint64_t seed = strtoull(arguments[2], nullptr, 10);
  int worst = runCommon(n, seed);
  for (int bits : {8, 32}) {
    for (size_t shift : {0, 4}) {
      int result = Steps(n, bits, shift).run(seed + shift);
      worst = result > worst ? result : worst;
    }
  }
  return worst;
}
