// The kernels of one optimizer, from their source.
#include "lowbit4j/cuda/update.cu"

EMULATED_MODULE(
    {"update4", [](const void* a) { lowbit4j::update4(*(const lowbit4j::UpdateArguments*)a); }},
    {"update8", [](const void* a) { lowbit4j::update8(*(const lowbit4j::UpdateArguments*)a); }},
    {"update32", [](const void* a) { lowbit4j::update32(*(const lowbit4j::UpdateArguments*)a); }})
