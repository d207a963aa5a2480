// Includes the file LB_IN_EACH_VARIANT once per variant on vectors, in its namespace and target, and undefines it;
// LB_VECTOR is the file with the variant's Vector.

#if defined(__clang__)
#define LB_PRAGMA(text) _Pragma(#text)
#define LB_BEGIN_TARGET(features) \
  LB_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define LB_END_TARGET LB_PRAGMA(clang attribute pop)
#else
#define LB_PRAGMA(text) _Pragma(#text)
#define LB_BEGIN_TARGET(features) LB_PRAGMA(GCC push_options) LB_PRAGMA(GCC target features)
#define LB_END_TARGET LB_PRAGMA(GCC pop_options)
#endif

#if defined(LB_X86)
#define LB_VECTOR "vector256.h"
LB_BEGIN_TARGET("avx2,fma")
namespace lowbit4j::avx2 {
#include LB_IN_EACH_VARIANT
}
LB_END_TARGET
#undef LB_VECTOR
#endif

#if defined(LB_AVX512)
#define LB_VECTOR "vector512.h"
LB_BEGIN_TARGET("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")
namespace lowbit4j::avx512 {
#include LB_IN_EACH_VARIANT
}
LB_END_TARGET

#define LB_VBMI 1
LB_BEGIN_TARGET("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")
namespace lowbit4j::avx512vbmi {
#include LB_IN_EACH_VARIANT
}
LB_END_TARGET
#undef LB_VBMI
#undef LB_VECTOR
#endif

#if defined(LB_NEON)
#define LB_VECTOR "vector_neon.h"
namespace lowbit4j::neon {
#include LB_IN_EACH_VARIANT
}
#undef LB_VECTOR
#endif

#undef LB_BEGIN_TARGET
#undef LB_END_TARGET
#undef LB_PRAGMA
#undef LB_IN_EACH_VARIANT
