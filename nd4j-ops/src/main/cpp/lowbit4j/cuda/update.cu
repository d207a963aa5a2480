// The steps of one optimizer, LB_RULE by number: a module of its own, so that a driver compiles
// only what is used.
#include "update.h"

namespace lowbit4j {
namespace cuda {

template <int ID>
struct Number {};

Adam ruleOf(Number<Adam::ID>);
AMSGrad ruleOf(Number<AMSGrad::ID>);
Nadam ruleOf(Number<Nadam::ID>);
AdaBelief ruleOf(Number<AdaBelief::ID>);
AdaMax ruleOf(Number<AdaMax::ID>);
Adagrad ruleOf(Number<Adagrad::ID>);
RMSprop ruleOf(Number<RMSprop::ID>);
Nesterovs ruleOf(Number<Nesterovs::ID>);
AdaDelta ruleOf(Number<AdaDelta::ID>);
SGD ruleOf(Number<SGD::ID>);
Lion ruleOf(Number<Lion::ID>);
AdEMAMix ruleOf(Number<AdEMAMix::ID>);
RMSpropMomentum ruleOf(Number<RMSpropMomentum::ID>);
RMSpropCentered ruleOf(Number<RMSpropCentered::ID>);
RMSpropCenteredMomentum ruleOf(Number<RMSpropCenteredMomentum::ID>);

using ChosenRule = decltype(ruleOf(Number<LB_RULE>()));

}  // namespace cuda

// A thread block takes every so many quantization blocks; nothing passes between thread blocks but
// sums of whole numbers.
template <int BITS>
LB_DEVICE void update(const UpdateArguments& arguments, Exchange& exchange) {
  BlockUpdate<cuda::ChosenRule, BITS> work(arguments, exchange);
  int64_t blocks = (arguments.elements + arguments.blockSize - 1) / arguments.blockSize;
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
