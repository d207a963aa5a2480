// The words of an array: org.lowbit4j.memory.WordType, HalfFloat and HalfPair.
#pragma once

#include "platform.h"

namespace lowbit4j {

// Numbers of WordType.id()
enum Words { FLOAT = 1, DOUBLE = 2, HALF = 3 };

LB_HD constexpr int bytesOf(int words) { return words == DOUBLE ? 8 : words == HALF ? 2 : 4; }

LB_HD float halfToFloat(uint16_t half) {
  uint32_t magnitude = half & 0x7FFFu;
  uint32_t sign = (half & 0x8000u) << 16;
  if (magnitude >= 0x7C00) {
    return floatOf(sign | INFINITY_BITS | (magnitude & 0x3FF) << 13);
  }
  if (magnitude < 0x400) {
    return floatOf(sign | bitsOf(magnitude * 0x1p-24f));
  }
  return floatOf(sign | ((magnitude << 13) + ((127 - 15) << 23)));
}

// To nearest even; the magnitude must be below 65520.
LB_HD uint16_t floatToHalf(float value) {
  uint32_t bits = bitsOf(value);
  uint32_t sign = bits >> 16 & 0x8000;
  uint32_t magnitude = bits & MAGNITUDE_BITS;
  if (magnitude < (127u - 14) << 23) {
    // Adding 1/2 lets the adder round to a multiple of 2^-24, the spacing of subnormal halves.
    return (uint16_t)(sign | (bitsOf(floatOf(magnitude) + 0.5f) - (126u << 23)));
  }
  uint32_t roundToEven = 0xFFF + (magnitude >> 13 & 1);
  return (uint16_t)(sign | (magnitude - ((127u - 15) << 23) + roundToEven) >> 13);
}

// A float32 in two half words neither of which is a NaN or an infinity: base 63,488 digits.
struct HalfPair {
  static constexpr uint32_t FINITE_HALVES = 63488;
  static constexpr uint32_t FINITE_POSITIVE = FINITE_HALVES / 2;
  static constexpr uint32_t NON_FINITE_POSITIVE = 0x8000 - FINITE_POSITIVE;
  static constexpr uint32_t MAGNITUDES = 240u << 23;

  LB_HD static uint32_t pack(float value) {
    uint32_t bits = bitsOf(value);
    uint32_t magnitude = bits & MAGNITUDE_BITS;
    magnitude = magnitude < MAGNITUDES ? magnitude : MAGNITUDES - 1;
    uint32_t number = bits >> 31 ? MAGNITUDES + magnitude : magnitude;
    uint32_t high = number / FINITE_HALVES;
    return word(high) << 16 | word(number - high * FINITE_HALVES);
  }

  // NaN if a word is not finite or the pair stands for no number.
  LB_HD static float unpack(uint32_t words) {
    // No branches, as signs are random.
    uint32_t low = words & 0xFFFF;
    uint32_t high = words >> 16;
    uint64_t number = (uint64_t)digit(high) * FINITE_HALVES + digit(low);
    bool valid = isFiniteHalf(low) & isFiniteHalf(high) & (number < 2ull * MAGNITUDES);
    uint32_t negative = number >= MAGNITUDES;
    uint32_t bits = (uint32_t)(number - (negative ? MAGNITUDES : 0)) | negative << 31;
    return floatOf(valid ? bits : 0x7FC00000);
  }

 private:
  LB_HD static uint32_t word(uint32_t digit) {
    return digit < FINITE_POSITIVE ? digit : digit + NON_FINITE_POSITIVE;
  }

  LB_HD static bool isFiniteHalf(uint32_t word) { return (word & 0x7FFF) < FINITE_POSITIVE; }

  // Of a word that is finite.
  LB_HD static uint32_t digit(uint32_t word) { return word - (word >> 15) * NON_FINITE_POSITIVE; }
};

// A float32 packed into 4 bytes of an array of these words.
LB_HD float readPacked(int words, const uint8_t* at) {
  return words == HALF ? HalfPair::unpack(read<uint32_t>(at)) : read<float>(at);
}

LB_HD void writePacked(int words, uint8_t* at, float value) {
  if (words == HALF) {
    write(at, HalfPair::pack(value));
  } else {
    write(at, value);
  }
}

// A word as float32; a double beyond its range becomes infinite.
LB_HD float readWord(int words, const uint8_t* at) {
  return words == DOUBLE ? (float)read<double>(at)
         : words == HALF ? halfToFloat(read<uint16_t>(at))
                         : read<float>(at);
}

// A finite float32 as a word; HALF saturates.
LB_HD void writeWord(int words, uint8_t* at, float value) {
  if (words == DOUBLE) {
    write(at, (double)value);
  } else if (words == HALF) {
    write(at, floatToHalf(larger(-65504.0f, smaller(65504.0f, value))));
  } else {
    write(at, value);
  }
}

// Bytes that no codebook has for an array's words, as one of these could make a word a NaN or an
// infinity: all bits of the mask are set in them.
LB_HD constexpr uint32_t reservedMask(int words) { return words == HALF ? 0x7C : 0x7F; }

// Whether there is one.
LB_HD bool hasReserved(const uint8_t* codes, int n, int words) {
  const uint8_t mask = (uint8_t)reservedMask(words);
  uint8_t carry = 0;
  for (int i = 0; i < n; i++) {
    carry |= (uint8_t)((codes[i] & mask) + (0x80 - mask));
  }
  return (carry & 0x80) != 0;
}

// In codes two a byte: where one is that no codebook of 4 bits has, its lowest bit.
template <class Bits>
LB_HD constexpr Bits reservedNibbles(Bits pairs, int words) {
  Bits three = pairs & pairs >> 1 & pairs >> 2;
  return (words == HALF ? three : three & pairs >> 3) & (Bits)0x1111111111111111u;
}

// Whether there is one, or anything behind the last code.
LB_HD bool hasReserved4(const uint8_t* pairs, int n, int words) {
  int bytes = (n + 1) / 2;
  uint8_t reserved = n % 2 != 0 ? pairs[bytes - 1] >> 4 : 0;
  for (int i = 0; i < bytes; i++) {
    reserved |= reservedNibbles<uint32_t>(pairs[i], words);
  }
  return reserved != 0;
}

}  // namespace lowbit4j
