// Percentile clipping, from its source.
#include "lowbit4j/cuda/clip.cu"

EMULATED_MODULE({"clipGradient",
                 [](const void* a) { lowbit4j::clipGradient(*(const lowbit4j::ClipArguments*)a); }})
