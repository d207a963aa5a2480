// The kernels that all optimizers share, from their source.
#include "lowbit4j/cuda/common.cu"

EMULATED_MODULE(
    {"sumSquares",
     [](const void* a) { lowbit4j::sumSquares(*(const lowbit4j::SquaresArguments*)a); }},
    {"clipGradient",
     [](const void* a) { lowbit4j::clipGradient(*(const lowbit4j::ClipArguments*)a); }},
    {"openStep", [](const void* a) { lowbit4j::openStep(*(const lowbit4j::HeaderArguments*)a); }},
    {"closeStep",
     [](const void* a) { lowbit4j::closeStep(*(const lowbit4j::HeaderArguments*)a); }})
