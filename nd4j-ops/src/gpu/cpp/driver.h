// CUDA's driver, taken from its library when the program starts: nothing of a CUDA toolkit is needed
// to build or to run. Error codes become exceptions.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace gpu {

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Address = uint64_t;
using Stream = void*;
using Event = void*;
using Function = void*;

// By their names in the library.
#define GPU_DRIVER_FUNCTIONS(F)                                                                \
  F(cuInit, unsigned)                                                                          \
  F(cuDriverGetVersion, int*)                                                                  \
  F(cuGetErrorName, int, const char**)                                                         \
  F(cuDeviceGet, int*, int)                                                                    \
  F(cuDeviceGetName, char*, int, int)                                                          \
  F(cuDeviceGetAttribute, int*, int, int)                                                      \
  F(cuDevicePrimaryCtxRetain, void**, int)                                                     \
  F(cuCtxSetCurrent, void*)                                                                    \
  F(cuCtxSynchronize)                                                                          \
  F(cuMemGetInfo_v2, size_t*, size_t*)                                                         \
  F(cuModuleLoadDataEx, void**, const void*, unsigned, const int*, void* const*)               \
  F(cuModuleGetFunction, void**, void*, const char*)                                           \
  F(cuMemAlloc_v2, uint64_t*, size_t)                                                          \
  F(cuMemFree_v2, uint64_t)                                                                    \
  F(cuMemHostAlloc, void**, size_t, unsigned)                                                  \
  F(cuMemHostGetDevicePointer_v2, uint64_t*, void*, unsigned)                                  \
  F(cuMemFreeHost, void*)                                                                      \
  F(cuMemcpyHtoD_v2, uint64_t, const void*, size_t)                                            \
  F(cuMemcpyDtoH_v2, void*, uint64_t, size_t)                                                  \
  F(cuMemcpyDtoDAsync_v2, uint64_t, uint64_t, size_t, void*)                                   \
  F(cuMemsetD8Async, uint64_t, unsigned char, size_t, void*)                                   \
  F(cuStreamCreate, void**, unsigned)                                                          \
  F(cuStreamDestroy_v2, void*)                                                                 \
  F(cuStreamSynchronize, void*)                                                                \
  F(cuEventCreate, void**, unsigned)                                                           \
  F(cuEventRecord, void*, void*)                                                               \
  F(cuEventSynchronize, void*)                                                                 \
  F(cuEventElapsedTime, float*, void*, void*)                                                  \
  F(cuLaunchKernel, void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, \
    void*, void**, void**)

class Driver {
 public:
  explicit Driver(const char* library, int index) {
    void* loaded = dlopen(library, RTLD_NOW);
    if (loaded == nullptr) {
      throw Failure(std::string("no driver: ") + dlerror());
    }
#define GPU_FIND(name, ...) name##_ = (int (*)(__VA_ARGS__))find(loaded, #name);
    GPU_DRIVER_FUNCTIONS(GPU_FIND)
#undef GPU_FIND
    check(cuInit_(0), "cuInit");
    check(cuDriverGetVersion_(&version), "cuDriverGetVersion");
    int device;
    check(cuDeviceGet_(&device, index), "cuDeviceGet");
    char text[256];
    check(cuDeviceGetName_(text, sizeof text, device), "cuDeviceGetName");
    name = text;
    multiprocessors = attribute(16, device);
    capability = 10 * attribute(75, device) + attribute(76, device);
    void* context;
    check(cuDevicePrimaryCtxRetain_(&context, device), "cuDevicePrimaryCtxRetain");
    check(cuCtxSetCurrent_(context), "cuCtxSetCurrent");
  }

  std::string name;
  int version = 0;
  int multiprocessors = 0;
  // Major and minor version, as one number of two digits or more.
  int capability = 0;

  size_t freeMemory() const {
    size_t available, total;
    check(cuMemGetInfo_v2_(&available, &total), "cuMemGetInfo");
    return available;
  }

  // The driver compiles it.
  void* module(const std::string& ptx, const std::string& module) const {
    char log[8192] = "";
    int options[] = {5, 6};  // buffer of the error log, its size
    void* values[] = {log, (void*)sizeof log};
    void* loaded = nullptr;
    int result = cuModuleLoadDataEx_(&loaded, ptx.c_str(), 2, options, values);
    check(result, "cuModuleLoadDataEx of " + module + ": " + log);
    return loaded;
  }

  Function function(void* module, const std::string& kernel) const {
    void* found = nullptr;
    check(cuModuleGetFunction_(&found, module, kernel.c_str()), "cuModuleGetFunction " + kernel);
    return found;
  }

  Address allocate(size_t bytes) const {
    Address at;
    check(cuMemAlloc_v2_(&at, bytes), "cuMemAlloc of " + std::to_string(bytes) + " bytes");
    return at;
  }

  // What gives back does not fail: behind a kernel's fault every call does, and that fault must be what is said.

  void free(Address at) const { cuMemFree_v2_(at); }

  // Memory of the host that kernels can write to, under another address.
  void* allocateHere(size_t bytes, Address* there) const {
    void* here;
    const unsigned portableAndMapped = 3;
    check(cuMemHostAlloc_(&here, bytes, portableAndMapped), "cuMemHostAlloc");
    check(cuMemHostGetDevicePointer_v2_(there, here, 0), "cuMemHostGetDevicePointer");
    return here;
  }

  void freeHere(void* here) const { cuMemFreeHost_(here); }

  void toDevice(Address to, const void* from, size_t bytes) const {
    check(cuMemcpyHtoD_v2_(to, from, bytes), "cuMemcpyHtoD");
  }

  void toHost(void* to, Address from, size_t bytes) const {
    check(cuMemcpyDtoH_v2_(to, from, bytes), "cuMemcpyDtoH");
  }

  // These three in the order of the stream.

  void copy(Address to, Address from, size_t bytes, Stream stream) const {
    check(cuMemcpyDtoDAsync_v2_(to, from, bytes, stream), "cuMemcpyDtoDAsync");
  }

  void set(Address to, unsigned char value, size_t bytes, Stream stream) const {
    check(cuMemsetD8Async_(to, value, bytes, stream), "cuMemsetD8Async");
  }

  // Of a kernel whose one argument is a structure, which is copied now.
  void launch(Function function, unsigned grid, unsigned threads, Stream stream,
              void* argument) const {
    void* arguments[] = {argument};
    check(cuLaunchKernel_(function, grid, 1, 1, threads, 1, 1, 0, stream, arguments, nullptr),
          "cuLaunchKernel");
  }

  // In the order of the default stream's, as ND4J's are.
  Stream stream() const {
    Stream stream;
    check(cuStreamCreate_(&stream, 0), "cuStreamCreate");
    return stream;
  }

  void destroyStream(Stream stream) const { cuStreamDestroy_v2_(stream); }
  void wait(Stream stream) const { check(cuStreamSynchronize_(stream), "cuStreamSynchronize"); }
  void waitForAll() const { check(cuCtxSynchronize_(), "cuCtxSynchronize"); }

  Event event() const {
    Event event;
    check(cuEventCreate_(&event, 0), "cuEventCreate");
    return event;
  }

  void record(Event event, Stream stream) const { check(cuEventRecord_(event, stream), "cuEventRecord"); }

  // Between two events, once the second has come.
  double seconds(Event from, Event to) const {
    check(cuEventSynchronize_(to), "cuEventSynchronize");
    float milliseconds;
    check(cuEventElapsedTime_(&milliseconds, from, to), "cuEventElapsedTime");
    return milliseconds * 1e-3;
  }

 private:
#define GPU_MEMBER(name, ...) int (*name##_)(__VA_ARGS__);
  GPU_DRIVER_FUNCTIONS(GPU_MEMBER)
#undef GPU_MEMBER

  static void* find(void* library, const char* name) {
    void* found = dlsym(library, name);
    if (found == nullptr) {
      throw Failure(std::string("the driver has no ") + name);
    }
    return found;
  }

  void check(int result, const std::string& what) const {
    if (result != 0) {
      const char* words = nullptr;
      cuGetErrorName_(result, &words);
      throw Failure(what + ": error " + std::to_string(result) + " " + (words ? words : ""));
    }
  }

  int attribute(int which, int device) const {
    int value;
    check(cuDeviceGetAttribute_(&value, which, device), "cuDeviceGetAttribute");
    return value;
  }
};

}  // namespace gpu
