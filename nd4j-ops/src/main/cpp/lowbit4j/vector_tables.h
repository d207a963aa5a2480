// Tables of the vector codecs, made once when the library is loaded.
#pragma once

#include "checksum.h"
#include "step.h"

namespace lowbit4j {

// The cube root of numbers in 32..2^21 by lines, one for each half octave: five upper bits of a float
// tell which. They only have to be near; the encoder compares exactly. 2^21 itself, a block's largest
// number, has the same five bits as 32: lines are for the one or the other.
struct CubeRootLines {
  alignas(64) float slopes[32];
  alignas(64) float starts[32];

  explicit CubeRootLines(bool high) {
    for (uint32_t half = bitsOf(32.0f) >> 22; half < bitsOf(0x1p21f) >> 22; half++) {
      double from = floatOf(half << 22);
      double to = floatOf((half + 1) << 22);
      double slope = (std::cbrt(to) - std::cbrt(from)) / (to - from);
      // The line through the ends lies below the curve, most where their slopes agree.
      double furthest = std::pow(3 * slope, -1.5);
      double gap = std::cbrt(furthest) - (std::cbrt(from) + slope * (furthest - from));
      slopes[half & 31] = (float)slope;
      starts[half & 31] = (float)(std::cbrt(from) - slope * from + gap / 2);
    }
    if (high) {
      uint32_t top = bitsOf(0x1p21f) >> 22 & 31;
      slopes[top] = 0;
      starts[top] = 128;
    }
  }
};

// The bytes of the floats 0, 3^3, 4^3 .. 128^3, lowest first.
struct CubeBytes {
  alignas(64) uint8_t bytes[4][128];

  CubeBytes() {
    for (int k = 0; k < 128; k++) {
      uint32_t bits = bitsOf(k == 0 ? 0.0f : (float)((k + 2) * (k + 2) * (k + 2)));
      for (int i = 0; i < 4; i++) {
        bytes[i][k] = (uint8_t)(bits >> (8 * i));
      }
    }
  }
};

// Indices that pick one byte of each dword: from two vectors of 16, then both halves; and that spread
// bytes over dwords whose upper ones come from a second vector.
struct BytePicks {
  alignas(64) uint8_t pairs[4][64];
  alignas(64) uint8_t halves[64];
  alignas(64) uint8_t spread[4][64];
  // Shifts within 16 codes of 4 bits, one for each dword.
  alignas(64) uint8_t nibbles[64];

  BytePicks() {
    for (int i = 0; i < 64; i++) {
      for (int which = 0; which < 4; which++) {
        pairs[which][i] = (uint8_t)((4 * i + which) & 0x7F);
      }
      halves[i] = (uint8_t)(i < 32 ? i : 64 + i - 32);
      nibbles[i] = (uint8_t)(i / 4 * 4);
      for (int v = 0; v < 4; v++) {
        spread[v][i] = (uint8_t)(i % 4 == 0 ? 16 * v + i / 4 : 64 + i);
      }
    }
  }
};

// The weights of the checksum, for the largest block of 32-bit values.
struct Weights {
  alignas(64) uint16_t words[2 * LARGEST_BLOCK];

  Weights() {
    for (int i = 0; i < 2 * LARGEST_BLOCK; i++) {
      words[i] = (uint16_t)weightOf(i);
    }
  }
};

// How far the dither's sequence moves, once per lane: by vectors of N elements, and by groups of four.
// From memory, where the compiler would move constants through general registers.
template <int N>
struct PhaseSteps {
  alignas(64) uint32_t vectors[4][N];
  alignas(64) uint32_t group[N];

  PhaseSteps() {
    for (int v = 0; v < 4; v++) {
      fill(vectors[v], N * v);
    }
    fill(group, 4 * N);
  }

 private:
  static void fill(uint32_t* lanes, uint32_t elements) {
    for (int i = 0; i < N; i++) {
      lanes[i] = elements * PHASE_PER_ELEMENT;
    }
  }
};

// Of POWER codebooks of 4 bits: values by code, in units; and by level, twice, what the threshold above it is made of.
struct Values4 {
  alignas(64) float ofSigned[16];
  alignas(64) float ofUnsigned[16];
  alignas(64) float middles[16];
  alignas(64) float offsets[16];
  // Bytes 2 and 3 of values, which are all that is not 0; codes by level, and sign in bit 3.
  alignas(32) uint8_t bytesOfSigned[2][16];
  alignas(32) uint8_t bytesOfUnsigned[2][16];
  alignas(16) uint8_t signedCodes[16];

  Values4() {
    for (int code = 0; code < 16; code++) {
      int k = code < 8 ? code : code - 7;
      float value = k == 0 || code == 15 ? 0.0f : (float)((k + 1) * (k + 1));
      ofSigned[code] = code < 8 ? value : -value;
      ofUnsigned[code] = code == 15 ? 0.0f : (float)((code + 2) * (code + 2));
      for (int i = 0; i < 2; i++) {
        bytesOfSigned[i][code] = (uint8_t)(bitsOf(ofSigned[code]) >> (16 + 8 * i));
        bytesOfUnsigned[i][code] = (uint8_t)(bitsOf(ofUnsigned[code]) >> (16 + 8 * i));
      }
      int level = code % 8;
      middles[code] = level == 0 ? 2 : (float)level + 1.5f;
      offsets[code] = level == 0 ? -2 : 0.25f;
      signedCodes[code] = (uint8_t)(code > 8 ? level + 7 : level);
    }
  }
};

// At fixed places of a page, as are the arrays of steps (see ofThread).
struct alignas(4096) Tables {
  CubeRootLines cubeRootLines{false};
  CubeRootLines cubeRootLinesOfHigh{true};
  CubeBytes cubeBytes;
  BytePicks bytePicks;
  PhaseSteps<8> phaseSteps8;
  PhaseSteps<16> phaseSteps16;
  Weights weights;
  PhaseSteps<4> phaseSteps4;
  Values4 values4;

  template <int N>
  const PhaseSteps<N>& phaseSteps() const {
    if constexpr (N == 4) {
      return phaseSteps4;
    } else if constexpr (N == 8) {
      return phaseSteps8;
    } else {
      return phaseSteps16;
    }
  }
};

inline const Tables TABLES;

}  // namespace lowbit4j
