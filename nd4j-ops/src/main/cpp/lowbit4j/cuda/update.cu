// The steps of one optimizer, LB_RULE by number: a module of its own, so that a driver compiles
// only what is used.
#include "update.h"

namespace lowbit4j {
namespace cuda {

using ChosenRule = decltype(AllRules::of(Number<LB_RULE>()));

}  // namespace cuda

LB_DEVICE StateHeader headerOf(const UpdateArguments& a) {
  return StateHeader(a.header, a.state, a.stateWords);
}

// By the last thread block.
LB_DEVICE void close(const UpdateArguments& a, Exchange& exchange) {
  Answers* answers = (Answers*)a.answers;
  Status* status = (Status*)a.status;
  if (thread() == 0) {
    // A header that is not written any more: the next step finds what is behind it to be another's.
    bool foreign = atomicExch((unsigned long long*)&answers->damaged, 0ull) != 0 ||
                   exchange.verdict == FOREIGN;
    exchange.verdict = foreign ? FOREIGN : exchange.verdict;
    answers->foreign = foreign;
    status->foreign = foreign;
    status->skipped = atomicAdd((unsigned long long*)&answers->skipped, 0ull);
    exchange.checksum = atomicExch((unsigned long long*)&answers->checksum, 0ull);
  }
  barrier(CLOSED);
  if (exchange.verdict != FOREIGN) {
    headerOf(a).write(exchange.checksum);
    if (thread() == 0) {
      answers->written = exchange.checksum;
    }
  }
}

// A thread block takes every so many quantization blocks. Between thread blocks pass sums of whole
// numbers, which the last of them to end writes into the header.
template <int BITS>
LB_DEVICE void update(const UpdateArguments& a, Exchange& exchange) {
  headerOf(a).judge(*(const Answers*)a.answers, exchange.verdict);
  BlockUpdate<cuda::ChosenRule, BITS> work(a, exchange);
  int64_t blocks = (a.elements + a.blockSize - 1) / a.blockSize;
  for (int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    // Read from shared memory each time: registers are short.
    if (exchange.verdict == FOREIGN) {
      work.clear(block);
    } else {
      work.run(block);
    }
  }
  work.addToAnswers();
  if (isLastBlock(&((Answers*)a.answers)->arrived, exchange.last)) {
    close(a, exchange);
  }
}

extern "C" __global__ void __launch_bounds__(MOST_THREADS) update4(UpdateArguments arguments) {
  LB_SHARED(Exchange, exchange);
  update<4>(arguments, exchange);
}

extern "C" __global__ void __launch_bounds__(MOST_THREADS) update8(UpdateArguments arguments) {
  LB_SHARED(Exchange, exchange);
  update<8>(arguments, exchange);
}

extern "C" __global__ void __launch_bounds__(MOST_THREADS) update32(UpdateArguments arguments) {
  LB_SHARED(Exchange, exchange);
  update<32>(arguments, exchange);
}

}  // namespace lowbit4j
