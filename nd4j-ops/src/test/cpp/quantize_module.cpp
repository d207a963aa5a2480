// Arrays in 8 bits, from their source.
#include "lowbit4j/cuda/quantize.cu"

EMULATED_MODULE(
    {"quantizeBlockwise",
     [](const void* a) { lowbit4j::quantizeBlockwise(*(const lowbit4j::QuantizeArguments*)a); }},
    {"dequantizeBlockwise", [](const void* a) {
       lowbit4j::dequantizeBlockwise(*(const lowbit4j::DequantizeArguments*)a);
     }})
