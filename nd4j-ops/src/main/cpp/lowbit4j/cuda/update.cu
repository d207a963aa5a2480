// The steps of one optimizer, LB_RULE by number: a module of its own, so that a driver compiles
// only what is used.
#include "update.h"

namespace lowbit4j {
namespace cuda {

template <int ID>
struct Number {};

__device__ Adam ruleOf(Number<Adam::ID>);
__device__ AMSGrad ruleOf(Number<AMSGrad::ID>);
__device__ Nadam ruleOf(Number<Nadam::ID>);
__device__ AdaBelief ruleOf(Number<AdaBelief::ID>);
__device__ AdaMax ruleOf(Number<AdaMax::ID>);
__device__ Adagrad ruleOf(Number<Adagrad::ID>);
__device__ RMSprop ruleOf(Number<RMSprop::ID>);
__device__ Nesterovs ruleOf(Number<Nesterovs::ID>);
__device__ AdaDelta ruleOf(Number<AdaDelta::ID>);
__device__ SGD ruleOf(Number<SGD::ID>);
__device__ Lion ruleOf(Number<Lion::ID>);
__device__ AdEMAMix ruleOf(Number<AdEMAMix::ID>);
__device__ RMSpropMomentum ruleOf(Number<RMSpropMomentum::ID>);
__device__ RMSpropCentered ruleOf(Number<RMSpropCentered::ID>);
__device__ RMSpropCenteredMomentum ruleOf(Number<RMSpropCenteredMomentum::ID>);

using ChosenRule = decltype(ruleOf(Number<LB_RULE>()));

}  // namespace cuda

// By the last thread block.
LB_DEVICE void close(const StateHeader& header, Answers* answers, Status* status, bool foreign,
                     uint64_t& shared) {
  if (thread() == 0) {
    answers->foreign = foreign;
    status->foreign = foreign;
    status->skipped = atomicAdd((unsigned long long*)&answers->skipped, 0ull);
    shared = atomicExch((unsigned long long*)&answers->checksum, 0ull);
  }
  barrier(CLOSED);
  if (!foreign) {
    header.write(shared);
    if (thread() == 0) {
      answers->written = shared;
    }
  }
}

// A thread block takes every so many quantization blocks. Between thread blocks pass sums of whole
// numbers, which the last of them to end writes into the header.
template <int BITS>
LB_DEVICE void update(const UpdateArguments& arguments, Exchange& exchange) {
  Answers* answers = (Answers*)arguments.answers;
  StateHeader header(arguments.header, arguments.state, arguments.stateWords);
  bool foreign = header.judge(*answers, exchange.verdict) == FOREIGN;
  BlockUpdate<cuda::ChosenRule, BITS> work(arguments, exchange);
  int64_t blocks = (arguments.elements + arguments.blockSize - 1) / arguments.blockSize;
  for (int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    if (foreign) {
      work.clear(block);
    } else {
      work.run(block);
    }
  }
  work.addToAnswers();
  if (isLastBlock(&answers->arrived, exchange.last)) {
    close(header, answers, (Status*)arguments.status, foreign, exchange.checksum);
  }
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
