// Does the steps that a file says, by a rule with one signed moment, LB_RULE, that the library does not
// have; writes updates, checksum and state. Of vectors only those of AVX2 are compiled, for this rule.
// Usage: rule_steps generic|avx2 input output, see ToyRuleTest.java
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "lowbit4j/kernel.h"

using namespace lowbit4j;

namespace {

template <class T>
std::vector<T> readAll(FILE* file, size_t n) {
  std::vector<T> x(n);
  if (fread(x.data(), sizeof(T), n, file) != n) {
    fprintf(stderr, "The input is too short.\n");
    exit(1);
  }
  return x;
}

void run(const char* isa, const Step& step, Totals& totals) {
#ifdef LB_X86
  if (strcmp(isa, "avx2") == 0 && bestIsa() >= AVX2) {
    avx2::Range{step, 0, step.blocks(), totals}.rule<avx2::LB_RULE>();
    return;
  }
#endif
  generic::Range range{step, 0, step.blocks(), totals};
  if (!generic::withRule(step.rule, range)) {
    fprintf(stderr, "There is no rule %d.\n", step.rule);
    exit(1);
  }
}

}  // namespace

int main(int, char** arguments) {
  FILE* in = fopen(arguments[2], "rb");
  FILE* out = fopen(arguments[3], "wb");
  std::vector<int64_t> numbers = readAll<int64_t>(in, 9);
  std::vector<float> coefficients = readAll<float>(in, MOST_COEFFICIENTS);
  std::vector<float> values = readAll<float>(in, 256);
  std::vector<uint8_t> state(numbers[8]);
  Step step;
  step.rule = (int)numbers[0];
  step.bits = (int)numbers[1];
  Codebook codebook(values.data(), step.bits, false, (int)numbers[5], true);
  step.blockSize = (int)numbers[2];
  step.elements = numbers[3];
  step.codebooks[0] = &codebook;
  step.state = state.data();
  step.scaleOffsets[0] = numbers[6];
  step.valueOffsets[0] = numbers[7];
  memcpy(step.coefficients, coefficients.data(), sizeof step.coefficients);
  Totals totals;
  for (step.iteration = 0; step.iteration < numbers[4]; step.iteration++) {
    std::vector<float> gradient = readAll<float>(in, step.elements);
    step.gradient = (uint8_t*)gradient.data();
    totals = Totals();
    run(arguments[1], step, totals);
    fwrite(gradient.data(), sizeof(float), gradient.size(), out);
  }
  fwrite(&totals.checksum, sizeof totals.checksum, 1, out);
  fwrite(state.data(), 1, state.size(), out);
  fclose(in);
  return fclose(out);
}
