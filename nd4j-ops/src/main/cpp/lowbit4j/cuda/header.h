// The state's header, compared when a step begins and written when it ends:
// org.lowbit4j.state.StateHeader.
#pragma once

#include "access.h"
#include "arguments.h"
#include "reduce.h"

namespace lowbit4j {

constexpr int CHECKSUM_AT = 13;
constexpr int CHECKSUM_DIGITS = 6;
constexpr int STEPS_AT = 22;
constexpr int STEPS_DIGITS = 2;
constexpr int BASE_BITS = 11;

enum Verdict { FRESH, OWN, FOREIGN };

class StateHeader {
 public:
  LB_DEVICE StateHeader(const Header& header, uint64_t state, int words)
      : header_(header), state_((uint8_t*)state), words_(words) {}

  // Whose the state is, found by every thread block for itself: nobody writes the header before all
  // of them are done. All threads of a block call this.
  LB_DEVICE Verdict judge(const Answers& answers, int& shared) const {
    if (thread() < WARP) {
      uint32_t filled = 0;
      uint32_t differs = 0;
      compare(filled, differs);
      uint64_t checksum = readChecksum(differs);
      filled = warpLargest(filled);
      differs = warpLargest(differs);
      if (thread() == 0) {
        bool foreign =
            answers.damaged ||
            (!header_.adopted && (answers.foreign || (filled && checksum != answers.written)));
        // What the host computed for old state is not for fresh state, and the other way round.
        bool otherAge = (filled != 0) == (header_.fresh != 0);
        shared = foreign || otherAge || (filled && differs) ? FOREIGN : filled ? OWN : FRESH;
      }
    }
    barrier(JUDGED);
    return (Verdict)shared;
  }

  // By the last thread block.
  LB_DEVICE void write(uint64_t checksum) const {
    for (int i = 2 * thread(); i < header_.bytes; i += 2 * (int)blockDim.x) {
      if (!isChecksum(i) && i < STEPS_AT * bytesOf(words_)) {
        *(uint16_t*)(state_ + i) = expected(i);
      }
    }
    if (thread() < CHECKSUM_DIGITS) {
      writeDigit(CHECKSUM_AT + thread(), checksum >> thread() * BASE_BITS);
    }
    if (thread() < STEPS_DIGITS) {
      writeDigit(STEPS_AT + thread(), (uint64_t)header_.steps >> thread() * BASE_BITS);
    }
  }

 private:
  const Header& header_;
  uint8_t* state_;
  const int words_;

  // Words of two bytes suit every array.
  LB_DEVICE uint16_t expected(int i) const {
    return (uint16_t)(header_.words[i] | header_.words[i + 1] << 8);
  }

  LB_DEVICE bool isChecksum(int i) const {
    int from = CHECKSUM_AT * bytesOf(words_);
    return i >= from && i < from + CHECKSUM_DIGITS * bytesOf(words_);
  }

  LB_DEVICE uint8_t* wordAt(int i) const { return state_ + i * bytesOf(words_); }

  LB_DEVICE void writeDigit(int word, uint64_t number) const {
    float digit = (float)(int)(number & ((1 << BASE_BITS) - 1));
    storeWords(words_, wordAt(word), 1, &digit);
  }

  // Other than 0 in some lane: something is there; it is not what is expected.
  LB_DEVICE void compare(uint32_t& filled, uint32_t& differs) const {
    for (int i = 2 * thread(); i < header_.bytes; i += 2 * WARP) {
      uint32_t found = *(const uint16_t*)(state_ + i);
      filled |= found;
      differs |= isChecksum(i) ? 0 : found ^ expected(i);
    }
  }

  // A digit per lane: whole numbers that have no more than 64 bits together.
  LB_DEVICE uint64_t readChecksum(uint32_t& differs) const {
    uint64_t part = 0;
    if (thread() < CHECKSUM_DIGITS) {
      float digit[GROUP];
      loadWords(words_, wordAt(CHECKSUM_AT + thread()), 1, digit);
      int base = 1 << (thread() + 1 < CHECKSUM_DIGITS ? BASE_BITS : 64 - thread() * BASE_BITS);
      bool valid = digit[0] >= 0 && digit[0] < base && digit[0] == (float)(int)digit[0];
      differs |= !valid;
      part = (uint64_t)(valid ? (int)digit[0] : 0) << thread() * BASE_BITS;
    }
    return warpSum(part);
  }
};

}  // namespace lowbit4j
