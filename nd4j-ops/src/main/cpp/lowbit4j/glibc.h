// Lets libraries that are linked with a newer glibc load from 2.17 on: functions that got another version since are
// asked for in their first one, which every glibc has. Those of dlfcn.h and pthread.h are called by what JavaCPP
// generates; a compiler option includes this there.
#pragma once

#include <cstdlib>

#if defined(__linux__) && defined(__GLIBC__)
#if defined(__x86_64__)
#define LB_FIRST_VERSION(function) __asm__(".symver " function ", " function "@GLIBC_2.2.5")
#elif defined(__aarch64__)
#define LB_FIRST_VERSION(function) __asm__(".symver " function ", " function "@GLIBC_2.17")
#endif
#endif

#if defined(LB_FIRST_VERSION)
LB_FIRST_VERSION("dlopen");
LB_FIRST_VERSION("dlsym");
LB_FIRST_VERSION("dlclose");
LB_FIRST_VERSION("dlerror");
LB_FIRST_VERSION("pow");
LB_FIRST_VERSION("pthread_key_create");
#undef LB_FIRST_VERSION
#endif
