// What translated PTX is written with: org.lowbit4j.cuda.PtxTranslator.
#pragma once

#include <type_traits>

#include "cuda_emulation.h"

namespace ptx {

// A register's bits as a type; whole numbers are cut or extended.
template <class To, class From>
inline To as(From x) {
  if constexpr (std::is_same_v<To, From>) {
    return x;
  } else if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
    return (To)x;
  } else {
    static_assert(sizeof(To) == sizeof(From));
    To y;
    memcpy(&y, &x, sizeof y);
    return y;
  }
}

template <class Register, class T>
inline void set(Register& to, T x) {
  to = as<Register>(x);
}

// Unsigned, so that overflow wraps.
template <class T>
inline auto wrap(T x) {
  if constexpr (sizeof(T) == 8) {
    return (uint64_t)x;
  } else {
    return (uint32_t)x;
  }
}

inline int64_t wide(int32_t a, int32_t b) { return (int64_t)a * b; }
inline uint64_t wide(uint32_t a, uint32_t b) { return (uint64_t)a * b; }
inline uint32_t wide(uint16_t a, uint16_t b) { return (uint32_t)a * b; }

template <class T>
inline bool isNaN(T a, T b) {
  return a != a || b != b;
}

// Of a number and a NaN, the number; +0 is larger than -0.
template <class T>
inline T min(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a != a ? b : b != b ? a : a == b ? (std::signbit(a) ? a : b) : a < b ? a : b;
  }
  return a < b ? a : b;
}

template <class T>
inline T max(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a != a ? b : b != b ? a : a == b ? (std::signbit(a) ? b : a) : a > b ? a : b;
  }
  return a > b ? a : b;
}

template <class T>
inline T shl(T x, uint32_t n) {
  return n >= 8 * sizeof x ? 0 : (T)(x << n);
}

template <class T>
inline T shr(T x, uint32_t n) {
  constexpr uint32_t MOST = 8 * sizeof x - 1;
  return n <= MOST ? (T)(x >> n) : std::is_signed_v<T> ? (T)(x >> MOST) : 0;
}

// Saturates; a NaN is 0.
template <class T>
inline T truncate(float x) {
  constexpr float LIMIT = sizeof(T) == 8 ? 0x1p63f : 0x1p31f;
  constexpr T LARGEST = (T)(~(uint64_t)0 >> (65 - 8 * sizeof(T)));
  return x != x ? 0 : x >= LIMIT ? LARGEST : x < -LIMIT ? -LARGEST - 1 : (T)x;
}

inline uint32_t bfe(uint32_t x, uint32_t from, uint32_t n) {
  return shr(x, from & 0xFF) & (shl(1u, n & 0xFF) - 1);
}

// The lowest n bits of x in the place of those of y from one on.
inline uint64_t bfi(uint64_t x, uint64_t y, uint32_t from, uint32_t n) {
  uint64_t mask = shl(shl((uint64_t)1, n & 0xFF) - 1, from & 0xFF);
  return (shl(x, from & 0xFF) & mask) | (y & ~mask);
}

// Bytes of b:a by the four nibbles of a selector.
inline uint32_t prmt(uint32_t a, uint32_t b, uint32_t selector) {
  uint64_t bytes = (uint64_t)b << 32 | a;
  uint32_t y = 0;
  for (int i = 0; i < 4; i++) {
    uint32_t nibble = selector >> 4 * i & 0xF;
    uint32_t byte = (uint32_t)(bytes >> 8 * (nibble & 7)) & 0xFF;
    y |= (nibble & 8 ? (byte & 0x80 ? 0xFFu : 0u) : byte) << 8 * i;
  }
  return y;
}

template <class T>
inline auto pack(T low, T high) {
  using Half = std::conditional_t<sizeof(T) == 2, uint16_t, uint32_t>;
  using Whole = std::conditional_t<sizeof(T) == 2, uint32_t, uint64_t>;
  return (Whole)((Whole)as<Half>(high) << 8 * sizeof(T) | as<Half>(low));
}

template <class T, class R>
inline void unpack(T x, R& low, R& high) {
  using Half = std::conditional_t<sizeof(T) == 8, uint32_t, uint16_t>;
  static_assert(sizeof(T) == 2 * sizeof(R));
  low = as<R>((Half)x);
  high = as<R>((Half)(x >> 4 * sizeof(T)));
}

// Within a whole warp.
inline uint32_t shuffle(uint32_t mask, uint32_t x, uint32_t lanes, uint32_t clamp) {
  if (clamp != 31) {
    emulation::fail("a shuffle within a part of a warp");
  }
  return (uint32_t)emulation::shuffleXor(mask, x, lanes);
}

inline uint64_t atomicAdd(uint64_t at, uint64_t x) {
  return ::atomicAdd((unsigned long long*)at, x);
}

inline uint64_t atomicExchange(uint64_t at, uint64_t x) {
  return ::atomicExch((unsigned long long*)at, x);
}

inline uint32_t atomicInc(uint64_t at, uint32_t limit) { return ::atomicInc((uint32_t*)at, limit); }

// A GPU faults where an access is not aligned to its size.
inline void aligned(uint64_t at, uint64_t bytes) {
  if (at % bytes != 0) {
    emulation::fail("a misaligned access");
  }
}

}  // namespace ptx

static uint64_t counts[8];
#define COUNT(kind, n) counts[kind] += (n)

#define EMULATED_PTX_MODULE(...)                                                               \
  static const emulation::Entry ENTRIES[] = {__VA_ARGS__};                                     \
  extern "C" const emulation::Module emulatedModule = {                                        \
      ENTRIES, sizeof ENTRIES / sizeof ENTRIES[0], counts};
