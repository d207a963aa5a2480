// Groups of four elements in memory: 8 or 16 bytes at a time where the address allows it, else word
// by word. Views of ND4J begin at any element, and state at any word of its array.
#pragma once

#include "../words.h"
#include "device.h"

namespace lowbit4j {

LB_DEVICE bool isAligned(const uint8_t* at, int bytes) {
  return ((uint64_t)at & (uint64_t)(bytes - 1)) == 0;
}

LB_DEVICE void loadWords(int words, const uint8_t* at, int count, float* x) {
  bool whole = count == GROUP && isAligned(at, words == HALF ? 8 : 16);
  if (whole && words == FLOAT) {
    float4 v = *(const float4*)at;
    x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w;
  } else if (whole && words == HALF) {
    uint2 v = *(const uint2*)at;
    x[0] = halfToFloat((uint16_t)v.x), x[1] = halfToFloat((uint16_t)(v.x >> 16));
    x[2] = halfToFloat((uint16_t)v.y), x[3] = halfToFloat((uint16_t)(v.y >> 16));
  } else if (whole) {
    double2 v = ((const double2*)at)[0];
    double2 w = ((const double2*)at)[1];
    x[0] = (float)v.x, x[1] = (float)v.y, x[2] = (float)w.x, x[3] = (float)w.y;
  } else {
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      x[j] = j >= count        ? 0
             : words == DOUBLE ? (float)((const double*)at)[j]
             : words == HALF   ? halfToFloat(((const uint16_t*)at)[j])
                               : ((const float*)at)[j];
    }
  }
}

LB_DEVICE uint16_t saturatedHalf(float x) {
  return floatToHalf(larger(-65504.0f, smaller(65504.0f, x)));
}

LB_DEVICE void storeWords(int words, uint8_t* at, int count, const float* x) {
  bool whole = count == GROUP && isAligned(at, words == HALF ? 8 : 16);
  if (whole && words == FLOAT) {
    *(float4*)at = make_float4(x[0], x[1], x[2], x[3]);
  } else if (whole && words == HALF) {
    *(uint2*)at = make_uint2(saturatedHalf(x[0]) | (uint32_t)saturatedHalf(x[1]) << 16,
                             saturatedHalf(x[2]) | (uint32_t)saturatedHalf(x[3]) << 16);
  } else if (whole) {
    ((double2*)at)[0] = make_double2(x[0], x[1]);
    ((double2*)at)[1] = make_double2(x[2], x[3]);
  } else {
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      if (j >= count) {
        break;
      }
      if (words == DOUBLE) {
        ((double*)at)[j] = x[j];
      } else if (words == HALF) {
        ((uint16_t*)at)[j] = saturatedHalf(x[j]);
      } else {
        ((float*)at)[j] = x[j];
      }
    }
  }
}

// A float32 packed into an array of these words. HALF arrays align to two bytes only.
LB_DEVICE float loadPacked(int words, const uint8_t* at) {
  if (words != HALF) {
    return *(const float*)at;
  }
  return HalfPair::unpack(((const uint16_t*)at)[0] | (uint32_t)((const uint16_t*)at)[1] << 16);
}

// Returns it as it will be read back.
LB_DEVICE float storePacked(int words, uint8_t* at, float x) {
  if (words != HALF) {
    *(float*)at = x;
    return x;
  }
  uint32_t pair = HalfPair::pack(x);
  ((uint16_t*)at)[0] = (uint16_t)pair;
  ((uint16_t*)at)[1] = (uint16_t)(pair >> 16);
  return HalfPair::unpack(pair);
}

LB_DEVICE void loadValues(int words, const uint8_t* at, int count, float* x) {
  if (count == GROUP && words != HALF && isAligned(at, 16)) {
    float4 v = *(const float4*)at;
    x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w;
    return;
  }
#pragma unroll
  for (int j = 0; j < GROUP; j++) {
    x[j] = j < count ? loadPacked(words, at + 4 * j) : 0;
  }
}

// On return x is as it will be read back.
LB_DEVICE void storeValues(int words, uint8_t* at, int count, float* x) {
  if (count == GROUP && words != HALF && isAligned(at, 16)) {
    *(float4*)at = make_float4(x[0], x[1], x[2], x[3]);
    return;
  }
#pragma unroll
  for (int j = 0; j < GROUP; j++) {
    if (j < count) {
      x[j] = storePacked(words, at + 4 * j, x[j]);
    }
  }
}

// Four codes, the first in the lowest byte; zeros behind the last.
LB_DEVICE uint32_t loadCodes(const uint8_t* at, int count) {
  if (count == GROUP && isAligned(at, 4)) {
    return *(const uint32_t*)at;
  }
  uint32_t codes = 0;
#pragma unroll
  for (int j = 0; j < GROUP; j++) {
    codes |= j < count ? (uint32_t)at[j] << 8 * j : 0;
  }
  return codes;
}

LB_DEVICE void storeCodes(uint8_t* at, int count, uint32_t codes) {
  if (count == GROUP && isAligned(at, 4)) {
    *(uint32_t*)at = codes;
    return;
  }
#pragma unroll
  for (int j = 0; j < GROUP; j++) {
    if (j < count) {
      at[j] = (uint8_t)(codes >> 8 * j);
    }
  }
}

// The word that four codes of 4 bits are stored in, of codes one a byte; and back.
LB_DEVICE uint32_t pairsOf(uint32_t codes) {
  uint32_t x = (codes | codes >> 4) & 0x00FF00FFu;
  return (x | x >> 8) & 0xFFFF;
}

LB_DEVICE uint32_t codesOf(uint32_t pairs) {
  uint32_t x = (pairs | pairs << 8) & 0x00FF00FFu;
  return (x | x << 4) & 0x0F0F0F0Fu;
}

// Four codes of 4 bits, the first in the lowest byte; behind the last what lies in its byte, and zeros. Whole words are
// aligned, as the smallest words of an array have two bytes.
LB_DEVICE uint32_t loadCodes4(const uint8_t* at, int count) {
  if (count == GROUP) {
    return codesOf(*(const uint16_t*)at);
  }
  return codesOf((count > 0 ? at[0] : 0u) | (count > 2 ? (uint32_t)at[1] << 8 : 0u));
}

LB_DEVICE void storeCodes4(uint8_t* at, int count, uint32_t codes) {
  uint32_t pairs = pairsOf(codes);
  if (count == GROUP) {
    *(uint16_t*)at = (uint16_t)pairs;
    return;
  }
  if (count > 0) {
    at[0] = (uint8_t)pairs;
  }
  if (count > 2) {
    at[1] = (uint8_t)(pairs >> 8);
  }
}

}  // namespace lowbit4j
