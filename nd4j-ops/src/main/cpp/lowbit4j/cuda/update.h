// One quantization block of a step by one thread block: org.lowbit4j.kernel.JavaKernel, stage by
// stage, and block.h, its C++. Each thread has four elements in registers from load to store.
#pragma once

#include "../checksum.h"
#include "../factor.h"
#include "../scalar.h"
#include "access.h"
#include "arguments.h"
#include "header.h"
#include "reduce.h"
#include "table.h"

namespace lowbit4j {

namespace cuda {
#include "../rules.h"
#include "../relative.h"
}

// More than a block has elements.
constexpr uint32_t DAMAGED = 2 * MOST_THREADS * GROUP;

// Shared by the threads of a block. Stages use parts of their own, so that one barrier per
// reduction is enough.
struct Exchange {
  PerWarp<uint32_t> gradient;
  PerWarp<uint32_t> skipped;
  PerWarp<uint32_t> values[MOST_MOMENTS];
  PerWarp<uint32_t> scales[MOST_MOMENTS];
  PerWarp<uint32_t> sums[MOST_MOMENTS];
  // Here, and only thread k's, because registers are short: what moment k adds to the checksum.
  uint64_t parts[MOST_MOMENTS];
  uint64_t checksum;
  int verdict;
  int last;
};

template <class Rule, int BITS>
class BlockUpdate {
  static constexpr int MOMENTS = Rule::MOMENTS;
  static constexpr int DIVISOR = cuda::divisorOf<Rule>();

 public:
  LB_DEVICE BlockUpdate(const UpdateArguments& arguments, Exchange& exchange)
      : a_(arguments),
        exchange_(exchange),
        answers_((Answers*)arguments.answers),
        gradientScale_(arguments.clipped ? answers_->gradientScale : arguments.gradientScale) {
    if (thread() < MOMENTS) {
      exchange_.parts[thread()] = 0;
    }
  }

  LB_DEVICE void run(int64_t block) {
    begin(block);
    float largest = load();
    if (damagedHere_) {
      if (thread() == 0) {
        atomicAdd((unsigned long long*)&answers_->damaged, 1ull);
      }
      setZero();
    } else if (skippedHere_ < n_) {
      float bound = BITS == 4 ? cuda::relativeBound<Rule>(scales_) : 0;
      advance(factorOf(larger(largest, Rule::floor(a_.coefficients)), bound));
    }
    addUp();
    if (count_ > 0) {
      storeWords(a_.gradientWords, gradientAt(), count_, gradient_);
    }
  }

  // Of a block whose state is not this updater's.
  LB_DEVICE void clear(int64_t block) {
    begin(block);
    setZero();
    if (count_ > 0) {
      storeWords(a_.gradientWords, gradientAt(), count_, gradient_);
    }
  }

  // What the blocks that were run contribute.
  LB_DEVICE void addToAnswers() {
    if (thread() < MOMENTS) {
      atomicAdd((unsigned long long*)&answers_->checksum,
                (unsigned long long)exchange_.parts[thread()]);
    }
  }

 private:
  const UpdateArguments& a_;
  Exchange& exchange_;
  Answers* answers_;
  const float gradientScale_;

  // Of the present block, and this thread's part of it.
  int64_t block_;
  int n_;
  int count_;
  int skippedHere_;
  bool damagedHere_;
  uint32_t skippedMine_;
  float gradient_[GROUP];
  float moments_[MOMENTS][GROUP];
  float scales_[MOMENTS];
  // One a byte.
  uint32_t codes_[MOMENTS];

  LB_DEVICE void begin(int64_t block) {
    block_ = block;
    int64_t left = a_.elements - block * a_.blockSize;
    n_ = left < a_.blockSize ? (int)left : a_.blockSize;
    int mine = n_ - GROUP * thread();
    count_ = mine < 0 ? 0 : mine > GROUP ? GROUP : mine;
  }

  LB_DEVICE uint8_t* gradientAt() const {
    int64_t element = block_ * a_.blockSize + GROUP * thread();
    return (uint8_t*)a_.gradient + element * bytesOf(a_.gradientWords);
  }

  LB_DEVICE uint8_t* scaleAt(int k) const {
    return (uint8_t*)a_.state + a_.scaleOffsets[k] + block_ * 4;
  }

  LB_DEVICE uint8_t* valuesAt(int k) const {
    int64_t element = block_ * a_.blockSize + GROUP * thread();
    return (uint8_t*)a_.state + a_.valueOffsets[k] + element * BITS / 8;
  }

  LB_DEVICE const Table& table(int k) const { return *(const Table*)a_.tables[k]; }

  LB_DEVICE static uint32_t largestBits(const float* x) {
    uint32_t largest = 0;
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      uint32_t bits = bitsOf(x[j]) & MAGNITUDE_BITS;
      largest = bits > largest ? bits : largest;
    }
    return largest;
  }

  // The power of the gradient that what is stored of a moment grows with.
  LB_DEVICE int storedDegree(int k) const {
    int d = degree(Rule::kind(k));
    return isRelative(k) ? 0 : BITS < 32 && a_.storesRoot[k] ? d / 2 : d;
  }

  // Whether what is stored of a moment is divided by what is stored of another one.
  LB_DEVICE static constexpr bool isRelative(int k) { return BITS == 4 && cuda::isRelative<Rule>(k); }

  LB_DEVICE void setZero() {
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      gradient_[j] = 0;
    }
  }

  // Whether there is a code that no codebook has, or anything behind the last one.
  LB_DEVICE bool hasReserved(uint32_t codes) const {
    if (BITS == 4) {
      bool behind = count_ < GROUP && codes >> 8 * count_ != 0;
      return behind || reservedNibbles(pairsOf(codes), a_.stateWords) != 0;
    }
    uint32_t mask = reservedMask(a_.stateWords) * 0x01010101u;
    uint32_t carry = (codes & mask) + (0x80808080u - mask);
    return (carry & 0x80808080u) != 0;
  }

  // Whether this thread's part of a moment, or the scale, is what no step writes.
  LB_DEVICE bool isDamaged(int k) const {
    if (BITS < 32) {
      return hasReserved(codes_[k]) || !(scales_[k] >= 0 && scales_[k] <= LARGEST_FLOAT);
    }
    bool damaged = false;
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      float x = moments_[k][j];
      damaged |= !isFinite(x) || (!isSigned(Rule::kind(k)) && x < 0);
    }
    return damaged;
  }

  // Gradient and state; returns the block's magnitude in units of the gradient.
  LB_DEVICE float load() {
    loadWords(a_.gradientWords, gradientAt(), count_, gradient_);
    skippedMine_ = 0;
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      if (!isFinite(gradient_[j])) {
        gradient_[j] = 0;
        skippedMine_ |= 1u << j;
      }
    }
    exchange_.gradient.put(warpLargest(largestBits(gradient_)));
    bool damaged = false;
#pragma unroll
    for (int k = 0; k < MOMENTS; k++) {
      if (BITS < 32) {
        scales_[k] = loadPacked(a_.stateWords, scaleAt(k));
        codes_[k] = BITS == 4 ? loadCodes4(valuesAt(k), count_) : loadCodes(valuesAt(k), count_);
      } else {
        lowbit4j::loadValues(a_.stateWords, valuesAt(k), count_, moments_[k]);
        exchange_.values[k].put(warpLargest(largestBits(moments_[k])));
      }
      damaged |= isDamaged(k);
    }
    // Threads that saw damage are counted above the block's elements.
    exchange_.skipped.put(
        warpSum((uint32_t)__popc(skippedMine_) + (damaged ? DAMAGED : 0)));
    barrier(LOADED);
    float largest = floatOf(exchange_.gradient.largest());
    uint32_t seen = exchange_.skipped.sum();
    skippedHere_ = (int)(seen % DAMAGED);
    damagedHere_ = seen >= DAMAGED;
    if (thread() == 0 && skippedHere_ > 0) {
      atomicAdd((unsigned long long*)&answers_->skipped, (unsigned long long)skippedHere_);
    }
    if (gradientScale_ != 1) {
      multiplyAll(gradient_, gradientScale_, 1);
      largest *= gradientScale_;
    }
    return larger(largest, stateMagnitude());
  }

  LB_DEVICE float stateMagnitude() {
    float largest = 0;
#pragma unroll
    for (int k = 0; k < MOMENTS; k++) {
      if (BITS == 32) {
        scales_[k] = floatOf(exchange_.values[k].largest());
      }
      int d = storedDegree(k);
      if (d > 0) {
        largest = larger(largest, d == 2 ? root(scales_[k]) : scales_[k]);
      }
    }
    return largest;
  }

  LB_DEVICE void advance(float factor) {
    float c[Rule::COEFFICIENTS];
#pragma unroll
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      c[i] = a_.coefficients[i];
    }
    if (factor != 1) {
      Rule::rescale(c, factor);
      multiplyAll(gradient_, factor, 1);
    }
#pragma unroll
    for (int k = 0; k < MOMENTS; k++) {
      if (BITS < 32) {
        float scale = multiply(scales_[k], factor, storedDegree(k));
        decodeStored(k, isRelative(k) ? boundedScale(scale, scales_[DIVISOR < 0 ? 0 : DIVISOR], factor) : scale);
      } else if (factor != 1) {
        multiplyAll(moments_[k], factor, storedDegree(k));
      }
    }
    applyRule(c, factor);
    if (BITS < 32) {
      encodeAll(c, 1 / factor);
    } else {
      storeAll(1 / factor);
    }
  }

  // What is stored of a moment.
  LB_DEVICE void decodeStored(int k, float scale) {
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      moments_[k][j] = table(k).decode(codes_[k] >> 8 * j & 0xFF) * scale;
    }
  }

  // The moments of an element, of what is stored of them.
  LB_DEVICE void finishDecoding(int j) {
    float divisor = moments_[DIVISOR < 0 ? 0 : DIVISOR][j];
#pragma unroll
    for (int k = 0; k < MOMENTS; k++) {
      float x = moments_[k][j];
      moments_[k][j] = isRelative(k) ? x * divisor : a_.storesRoot[k] ? x * x : x;
    }
  }

  // Turns relative moments of an element into what is stored of them.
  LB_DEVICE void divideRelative(int j) {
    constexpr int D = DIVISOR < 0 ? 0 : DIVISOR;
    float divisor = a_.storesRoot[D] ? root(moments_[D][j]) : moments_[D][j];
#pragma unroll
    for (int k = 0; k < MOMENTS; k++) {
      if (isRelative(k)) {
        float x = multiply(moments_[k][j] / divisor, 1, 0);
        moments_[k][j] = divisor > 0 ? x : 0;
      }
    }
  }

  // Elements that were not finite keep their moments, and their update is 0. Of what is stored of moments, in place:
  // registers are short.
  LB_DEVICE void applyRule(const float* coefficients, float factor) {
    Scalar c[Rule::COEFFICIENTS];
#pragma unroll
    for (int i = 0; i < Rule::COEFFICIENTS; i++) {
      c[i] = Scalar(coefficients[i]);
    }
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      if (BITS < 32) {
        finishDecoding(j);
      }
      Scalar s[MOMENTS];
#pragma unroll
      for (int k = 0; k < MOMENTS; k++) {
        s[k] = Scalar(moments_[k][j]);
      }
      float update = Rule::step(Scalar(gradient_[j]), s, c).x;
      if (factor != 1 && Rule::UPDATE_DEGREE != 0) {
        update = multiply(update, 1 / factor, Rule::UPDATE_DEGREE);
      }
      bool skip = skippedMine_ >> j & 1;
      gradient_[j] = skip ? 0 : update;
#pragma unroll
      for (int k = 0; k < MOMENTS; k++) {
        moments_[k][j] = skip ? moments_[k][j] : s[k].x;
      }
      if (BITS == 4 && DIVISOR >= 0) {
        divideRelative(j);
      }
    }
  }

  LB_DEVICE void encodeAll(const float* c, float inverse) {
    if constexpr (Rule::COMPENSATES) {
      float inverses[GROUP];
#pragma unroll
      for (int j = 0; j < GROUP; j++) {
        inverses[j] = Rule::inverse(moments_[0][j], c);
      }
      putLargest(0);
      barrier(LARGEST);
      float scale = encode(0, inverse);
      decodeStored(0, scale);
#pragma unroll
      for (int j = 0; j < GROUP; j++) {
        float x = moments_[0][j];
        float stored = a_.storesRoot[0] ? x * x : x;
        moments_[1][j] = Rule::compensated(inverses[j], stored, moments_[1][j], c);
      }
      putLargest(1);
      barrier(LARGEST);
      encode(1, inverse);
    } else {
#pragma unroll
      for (int k = 0; k < MOMENTS; k++) {
        putLargest(k);
      }
      barrier(LARGEST);
#pragma unroll
      for (int k = 0; k < MOMENTS; k++) {
        encode(k, inverse);
      }
    }
  }

  // Turns a moment into what is stored of it.
  LB_DEVICE void putLargest(int k) {
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      float x = a_.storesRoot[k] ? root(moments_[k][j]) : moments_[k][j];
      moments_[k][j] = j < count_ ? x : 0;
    }
    exchange_.scales[k].put(warpLargest(largestBits(moments_[k])));
  }

  // Returns the scale before the factor is undone.
  LB_DEVICE float encode(int k, float inverse) {
    float scale = floatOf(exchange_.scales[k].largest());
    uint32_t phase = phaseOf(block_ * a_.blockSize + GROUP * thread(), a_.iteration);
    codes_[k] =
        table(k).template encode<BITS>(moments_[k], count_, scale, a_.slow[k] != 0, phase);
    if (BITS == 4) {
      storeCodes4(valuesAt(k), count_, codes_[k]);
    } else {
      storeCodes(valuesAt(k), count_, codes_[k]);
    }
    // All threads have read the old scale before the last barrier.
    scales_[k] = multiply(scale, inverse, storedDegree(k));
    if (thread() == k) {
      scales_[k] = storePacked(a_.stateWords, scaleAt(k), scales_[k]);
    }
    return scale;
  }

  LB_DEVICE void storeAll(float inverse) {
#pragma unroll
    for (int k = 0; k < MOMENTS; k++) {
      if (inverse != 1) {
        multiplyAll(moments_[k], inverse, storedDegree(k));
      }
      lowbit4j::storeValues(a_.stateWords, valuesAt(k), count_, moments_[k]);
    }
  }

  // The block's part of the checksum; thread k adds up moment k's.
  LB_DEVICE void addUp() {
#pragma unroll
    for (int k = 0; k < MOMENTS; k++) {
      Checksum sum;
      if (BITS == 4) {
        sum.addWord(thread(), pairsOf(codes_[k]));
      } else if (BITS == 8) {
        sum.add(thread(), codes_[k]);
      } else {
#pragma unroll
        for (int j = 0; j < GROUP; j++) {
          sum.add(GROUP * thread() + j, j < count_ ? bitsOf(moments_[k][j]) : 0);
        }
      }
      exchange_.sums[k].put(warpSum(sum.sum));
    }
    barrier(ADDED_UP);
#pragma unroll
    for (int k = 0; k < MOMENTS; k++) {
      if (thread() == k) {
        Checksum sum;
        sum.sum = exchange_.sums[k].sum();
        exchange_.parts[k] += sum.finish(k, block_, BITS < 32 ? scales_[k] : 0);
      }
    }
  }

  LB_DEVICE static void multiplyAll(float* x, float factor, int degree) {
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      x[j] = multiply(x[j], factor, degree);
    }
  }
};

}  // namespace lowbit4j
