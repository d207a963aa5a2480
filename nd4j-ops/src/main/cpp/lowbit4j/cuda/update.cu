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

// A thread block takes every so many quantization blocks; nothing passes between thread blocks but
// sums of whole numbers.
template <int BITS>
LB_DEVICE void update(const UpdateArguments& arguments, Exchange& exchange) {
  BlockUpdate<cuda::ChosenRule, BITS> work(arguments, exchange);
  int64_t blocks = (arguments.elements + arguments.blockSize - 1) / arguments.blockSize;
  if (work.isForeign()) {
    for (int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
      work.clear(block);
    }
    return;
  }
  for (int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    work.run(block);
  }
  work.finish();
}

extern "C" __global__ void __launch_bounds__(MOST_THREADS) update8(UpdateArguments arguments) {
  __shared__ Exchange exchange;
  update<8>(arguments, exchange);
}

extern "C" __global__ void __launch_bounds__(MOST_THREADS) update32(UpdateArguments arguments) {
  __shared__ Exchange exchange;
  update<32>(arguments, exchange);
}

}  // namespace lowbit4j
