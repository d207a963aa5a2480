// Any array in 8 bits, block by block: org.lowbit4j.kernel.JavaQuantizer. A thread block takes every
// so many quantization blocks, of any size.
#include "access.h"
#include "reduce.h"
#include "table.h"

namespace lowbit4j {

constexpr int QUANTIZE_THREADS = 256;

// Written by org.lowbit4j.cuda.CudaQuantizer.
struct QuantizeArguments {
  uint64_t array;
  uint64_t codes;
  uint64_t scales;
  // Per block two sums of squares in units of the scale's: of the error, and of the elements.
  uint64_t sums;
  // How many elements are not finite, and how many are negative though the map has no sign.
  uint64_t refused;
  uint64_t table;
  int64_t elements;
  int32_t words;
  int32_t blockSize;
  int32_t isSigned;
  int32_t unused;
};
static_assert(sizeof(QuantizeArguments) == 72, "CudaQuantizer.java");

struct DequantizeArguments {
  uint64_t array;
  uint64_t codes;
  uint64_t scales;
  uint64_t table;
  int64_t elements;
  int32_t words;
  int32_t blockSize;
};
static_assert(sizeof(DequantizeArguments) == 48, "CudaQuantizer.java");

struct QuantizeExchange {
  PerWarp<uint32_t> largest;
  PerWarp<uint32_t> notFinite;
  PerWarp<uint32_t> negative;
  PerWarp<uint64_t> error;
  PerWarp<uint64_t> all;
};

LB_DEVICE int lengthOf(int64_t block, int64_t elements, int blockSize) {
  int64_t left = elements - block * blockSize;
  return left < blockSize ? (int)left : blockSize;
}

LB_DEVICE int countAt(int at, int n) {
  return n - at < GROUP ? n - at : GROUP;
}

class BlockQuantizer {
 public:
  LB_DEVICE BlockQuantizer(const QuantizeArguments& arguments, QuantizeExchange& exchange)
      : a_(arguments), exchange_(exchange), table_(*(const Table*)arguments.table) {}

  LB_DEVICE void run(int64_t block) {
    from_ = block * a_.blockSize;
    n_ = lengthOf(block, a_.elements, a_.blockSize);
    float scale = findScale();
    uint64_t error = 0;
    uint64_t all = 0;
    for (int at = GROUP * thread(); at < n_; at += GROUP * (int)blockDim.x) {
      encode(at, scale, error, all);
    }
    exchange_.error.put(warpSum(error));
    exchange_.all.put(warpSum(all));
    barrier(ADDED_UP);
    if (thread() == 0) {
      ((float*)a_.scales)[block] = scale;
      float* sums = (float*)a_.sums + 2 * block;
      sums[0] = (float)(int64_t)exchange_.error.sum() * 0x1p-40f;
      sums[1] = (float)(int64_t)exchange_.all.sum() * 0x1p-40f;
    }
  }

 private:
  const QuantizeArguments& a_;
  QuantizeExchange& exchange_;
  const Table& table_;
  int64_t from_;
  int n_;

  // Elements that are refused are 0.
  LB_DEVICE void load(int at, float* x, uint32_t& notFinite, uint32_t& negative) const {
    const uint8_t* first = (const uint8_t*)a_.array + (from_ + at) * bytesOf(a_.words);
    loadWords(a_.words, first, countAt(at, n_), x);
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      bool bad = !isFinite(x[j]);
      bool below = !a_.isSigned && x[j] < 0;
      notFinite += bad;
      negative += below && !bad;
      // Without a sign nothing is -0.
      x[j] = bad || below ? 0 : a_.isSigned ? x[j] : magnitude(x[j]);
    }
  }

  LB_DEVICE float findScale() {
    uint32_t largest = 0;
    uint32_t notFinite = 0;
    uint32_t negative = 0;
    for (int at = GROUP * thread(); at < n_; at += GROUP * (int)blockDim.x) {
      float x[GROUP];
      load(at, x, notFinite, negative);
#pragma unroll
      for (int j = 0; j < GROUP; j++) {
        uint32_t bits = bitsOf(x[j]) & MAGNITUDE_BITS;
        largest = bits > largest ? bits : largest;
      }
    }
    exchange_.largest.put(warpLargest(largest));
    exchange_.notFinite.put(warpSum(notFinite));
    exchange_.negative.put(warpSum(negative));
    barrier(LARGEST);
    if (thread() == 0) {
      refuse(0, exchange_.notFinite.sum());
      refuse(1, exchange_.negative.sum());
    }
    return floatOf(exchange_.largest.largest());
  }

  LB_DEVICE void refuse(int why, uint32_t count) const {
    if (count > 0) {
      atomicAdd((unsigned long long*)a_.refused + why, (unsigned long long)count);
    }
  }

  // Squares as whole numbers, whose sum does not depend on the order.
  LB_DEVICE void encode(int at, float scale, uint64_t& error, uint64_t& all) const {
    float x[GROUP];
    uint32_t ignored = 0;
    load(at, x, ignored, ignored);
    int count = countAt(at, n_);
    uint32_t codes = table_.encode<8>(x, count, scale, false, phaseOf(from_ + at, 0));
#pragma unroll
    for (int j = 0; j < GROUP; j++) {
      if (scale != 0 && j < count) {
        float t = x[j] / scale;
        float d = t - table_.decode(codes >> 8 * j & 0xFF);
        error += (uint64_t)(int64_t)(d * d * 0x1p40f);
        all += (uint64_t)(int64_t)(t * t * 0x1p40f);
      }
    }
    storeCodes((uint8_t*)a_.codes + from_ + at, count, codes);
  }
};

extern "C" __global__ void __launch_bounds__(QUANTIZE_THREADS)
    quantizeBlockwise(QuantizeArguments a) {
  LB_SHARED(QuantizeExchange, exchange);
  BlockQuantizer work(a, exchange);
  for (int64_t block = blockIdx.x; block * a.blockSize < a.elements; block += gridDim.x) {
    work.run(block);
  }
}

extern "C" __global__ void __launch_bounds__(QUANTIZE_THREADS)
    dequantizeBlockwise(DequantizeArguments a) {
  const Table& table = *(const Table*)a.table;
  for (int64_t block = blockIdx.x; block * a.blockSize < a.elements; block += gridDim.x) {
    int64_t from = block * a.blockSize;
    int n = lengthOf(block, a.elements, a.blockSize);
    float scale = ((const float*)a.scales)[block];
    for (int at = GROUP * thread(); at < n; at += GROUP * (int)blockDim.x) {
      int count = countAt(at, n);
      uint32_t codes = loadCodes((const uint8_t*)a.codes + from + at, count);
      float x[GROUP];
#pragma unroll
      for (int j = 0; j < GROUP; j++) {
        x[j] = table.decode(codes >> 8 * j & 0xFF) * scale;
      }
      storeWords(a.words, (uint8_t*)a.array + (from + at) * bytesOf(a.words), count, x);
    }
  }
}

}  // namespace lowbit4j
