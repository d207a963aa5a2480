// Does the steps that org.lowbit4j.StepVectors recorded of the Java kernel, on every instruction set of this machine,
// and compares the bits: for platforms without a JVM.
// Usage: vectors_check src/test/resources/vectors/steps.txt
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "lowbit4j/kernel.h"

using namespace lowbit4j;

namespace {

std::vector<std::unique_ptr<Codebook>> codebooks;

struct Case {
  Step step;
  int stateBytes = 0;
  int moments = 0;
  int coefficients = 0;
  int steps = 0;
};

struct Expected {
  uint64_t checksum;
  int64_t skipped;
  uint64_t update;
  uint64_t state;
};

[[noreturn]] void fail(const std::string& what) {
  std::cerr << "FAILED: " << what << "\n";
  exit(1);
}

void expectWord(std::istream& in, const char* word) {
  std::string actual;
  if (!(in >> actual) || actual != word) {
    fail("The file has " + actual + " where " + word + " should be.");
  }
}

uint64_t readHex(std::istream& in) {
  std::string text;
  in >> text;
  return std::stoull(text, nullptr, 16);
}

float readFloat(std::istream& in) { return floatOf((uint32_t)readHex(in)); }

void readCodebook(std::istream& in) {
  int bits, storesRoot, top, isSigned;
  in >> bits >> storesRoot >> top >> isSigned;
  float values[256];
  for (float& value : values) {
    value = readFloat(in);
  }
  codebooks.push_back(std::make_unique<Codebook>(values, bits, storesRoot != 0, top, isSigned != 0));
}

Case readCase(std::istream& in) {
  Case c;
  Step& s = c.step;
  in >> s.rule >> s.bits >> s.stateWords >> s.blockSize >> s.elements >> c.stateBytes;
  s.gradientWords = s.stateWords;
  s.gradientScale = readFloat(in);
  in >> c.moments >> c.coefficients >> c.steps;
  for (int k = 0; k < c.moments; k++) {
    int book, slow;
    expectWord(in, "moment");
    in >> book >> s.scaleOffsets[k] >> s.valueOffsets[k] >> slow;
    s.codebooks[k] = codebooks.at(book).get();
    s.slow[k] = slow != 0;
  }
  expectWord(in, "coefficients");
  for (int i = 0; i < c.coefficients; i++) {
    s.coefficients[i] = readFloat(in);
  }
  s.endBlock = s.blocks();
  return c;
}

Expected readStep(std::istream& in, int& iteration) {
  Expected e;
  expectWord(in, "step");
  in >> iteration;
  e.checksum = readHex(in);
  in >> e.skipped;
  e.update = readHex(in);
  e.state = readHex(in);
  return e;
}

// As StepVectors.gradient says.
void fillGradient(const Step& s, int step, uint32_t& random, std::vector<uint8_t>& bytes) {
  for (int64_t i = 0; i < s.elements; i++) {
    random = random * 1664525u + 1013904223u;
    int kind = (int)(i / 64 + step) % 8;
    float unit = kind == 1 ? 0 : kind == 2 ? 0x1p-66f : kind == 3 ? 0x1p66f : 0x1p-7f;
    float g = (float)(int32_t)random * 0x1p-31f * unit;
    g = kind == 4 && i % 50 == 0 ? NAN : kind == 5 && i % 8 != 0 ? -0.0f : g;
    uint8_t* at = bytes.data() + i * bytesOf(s.gradientWords);
    if (s.gradientWords == DOUBLE) {
      write(at, (double)g);
    } else if (s.gradientWords == HALF) {
      write(at, magnitude(g) < 32768 ? floatToHalf(g) : (uint16_t)0x7E00);
    } else {
      write(at, g);
    }
  }
}

uint64_t hashOf(const std::vector<uint8_t>& bytes) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (uint8_t b : bytes) {
    hash = (hash ^ b) * 0x100000001B3u;
  }
  return hash;
}

void check(Case& c, const std::vector<Expected>& expected, int firstIteration, int isa) {
  Step& s = c.step;
  std::vector<uint8_t> state(c.stateBytes);
  std::vector<uint8_t> gradient(s.elements * bytesOf(s.gradientWords));
  s.state = state.data();
  s.gradient = gradient.data();
  s.isa = isa;
  uint32_t random = 1;
  for (int i = 0; i < c.steps; i++) {
    fillGradient(s, i, random, gradient);
    s.iteration = firstIteration + i;
    const Expected& e = expected[i];
    bool known = run(s);
    const char* wrong = !known                      ? "rule"
                        : s.damaged != 0            ? "damaged blocks"
                        : s.skipped != e.skipped    ? "skipped elements"
                        : hashOf(gradient) != e.update ? "update"
                        : hashOf(state) != e.state  ? "state"
                        : s.checksum != e.checksum  ? "checksum"
                                                    : nullptr;
    if (wrong != nullptr) {
      fail(std::string(wrong) + " of rule " + std::to_string(s.rule) + ", " + std::to_string(s.bits) +
           " bits, words " + std::to_string(s.stateWords) + ", block size " + std::to_string(s.blockSize) +
           ", step " + std::to_string(i) + ", " + isaName(isa));
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::ifstream in(count > 1 ? arguments[1] : "");
  if (!in) {
    fail("Usage: vectors_check src/test/resources/vectors/steps.txt");
  }
  int cases = 0;
  std::string word;
  while (in >> word) {
    if (word == "#") {
      std::getline(in, word);
    } else if (word == "codebook") {
      readCodebook(in);
    } else if (word == "case") {
      Case c = readCase(in);
      std::vector<Expected> expected;
      int iteration = 0;
      for (int i = 0; i < c.steps; i++) {
        expected.push_back(readStep(in, iteration));
      }
      for (int isa = 0; isa < ISAS; isa++) {
        if (hasIsa(isa)) {
          check(c, expected, iteration - c.steps + 1, isa);
        }
      }
      cases++;
    } else {
      fail("The file has " + word + " where a line should begin.");
    }
  }
  if (cases == 0) {
    fail("The file has no steps.");
  }
  printf("ok, %d cases, up to instruction set %s\n", cases, isaName(bestIsa()));
  return 0;
}
