// A libcuda.so.1 whose one device is the emulation: enough of the driver's interface for the
// library's launch path, called through the binding that users have.
//
// Next to it lie the modules, KIND-NAME.so, and a file `control`: the kind, which is `source` or
// `ptx`, the seed of the schedule and, if a test wants that, the one optimizer whose kernels serve
// for all. It appends a line per launch to a file `launches`. A file `fault` makes it a device that is
// not as it should be.
#include <dlfcn.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <unistd.h>

#include "cuda_emulation.h"

namespace {

enum Result {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  INVALID_PTX = 218,
  NOT_FOUND = 500,
  ILLEGAL_ADDRESS = 700,
  FAILED = 719
};
enum JitOption { ERROR_LOG = 5, ERROR_LOG_SIZE = 6 };
enum Attribute { MULTIPROCESSORS = 16, CAPABILITY_MAJOR = 75, CAPABILITY_MINOR = 76 };

struct LoadedModule {
  std::string text;
  const emulation::Module* module;
};

struct Function {
  const LoadedModule* module;
  const emulation::Entry* entry;
};

std::mutex mutex;
std::map<uint64_t, size_t> allocations;
uint64_t launches;
uint64_t copiesToHost;
// As after an access to memory that there is not.
std::atomic<bool> lost{false};

std::string directory() {
  Dl_info info;
  dladdr((const void*)&launches, &info);
  std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1);
}

void control(std::string* kind, uint64_t* seed, std::string* forAll) {
  char text[32] = "source";
  char name[64] = "";
  unsigned long long number = 1;
  if (FILE* file = fopen((directory() + "control").c_str(), "r")) {
    if (fscanf(file, "%31s %llu %63s", text, &number, name) < 1) {
      fprintf(stderr, "fake driver: no kind in %scontrol\n", directory().c_str());
    }
    fclose(file);
  }
  *kind = text;
  *seed = number;
  *forAll = name;
}

// What the file `fault` asks for, if anything:
//   argument KERNEL BYTE BIT   this bit of a kernel's argument is another
//   threads KERNEL N           a kernel is launched with so many threads more, or less
//   grid KERNEL N              or thread blocks
//   output N                   a bit of what is copied to the host is another, at the N-th copy
//   lost KERNEL                a kernel has the driver fail from then on, whatever it is asked for
struct Fault {
  std::string what;
  std::string kernel;
  long number = 0;
  int bit = 0;

  Fault() {
    char first[32] = "";
    char second[64] = "";
    if (FILE* file = fopen((directory() + "fault").c_str(), "r")) {
      if (fscanf(file, "%31s %63s %ld %d", first, second, &number, &bit) < 2) {
        fprintf(stderr, "fake driver: no fault in %sfault\n", directory().c_str());
      }
      fclose(file);
    }
    what = first;
    kernel = second;
  }

  bool is(const char* fault, const std::string& of) const { return what == fault && kernel == of; }
};

// As the module declares it.
size_t argumentBytes(const Function& f) {
  std::string mark = std::string(f.entry->name) + "_param_0[";
  size_t at = f.module->text.find(".b8 " + mark);
  return at == std::string::npos ? 0 : strtoul(&f.module->text[at + 4 + mark.size()], nullptr, 10);
}

void noteLaunch(const Function& f, unsigned grid, unsigned block) {
  FILE* file = fopen((directory() + "launches").c_str(), "a");
  if (file == nullptr) {
    return;
  }
  fprintf(file, "%s %u %u", f.entry->name, grid, block);
  for (int i = 0; f.module->module->counts != nullptr && i < 8; i++) {
    fprintf(file, " %llu", (unsigned long long)f.module->module->counts[i]);
    f.module->module->counts[i] = 0;
  }
  fprintf(file, "\n");
  fclose(file);
}

void explain(unsigned options, const int* names, void* const* values, const std::string& reason) {
  char* log = nullptr;
  size_t size = 0;
  for (unsigned i = 0; i < options; i++) {
    if (names[i] == ERROR_LOG) {
      log = (char*)values[i];
    } else if (names[i] == ERROR_LOG_SIZE) {
      size = (size_t)values[i];
    }
  }
  if (log != nullptr && size > 0) {
    snprintf(log, size, "%s", reason.c_str());
  }
}

}  // namespace

extern "C" {

int cuInit(unsigned) { return SUCCESS; }

int cuGetErrorName(int error, const char** name) {
  *name = error == INVALID_PTX     ? "CUDA_ERROR_INVALID_PTX"
          : error == FAILED        ? "CUDA_ERROR_LAUNCH_FAILED"
          : error == ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS"
          : error == NOT_FOUND     ? "CUDA_ERROR_NOT_FOUND"
          : error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY"
                                   : "CUDA_ERROR_INVALID_VALUE";
  return SUCCESS;
}

int cuGetErrorString(int, const char** text) {
  *text = emulation::fault();
  return SUCCESS;
}

int cuDriverGetVersion(int* version) {
  *version = 11060;
  return SUCCESS;
}

int cuDeviceGet(int* device, int index) {
  *device = index;
  return index == 0 ? SUCCESS : INVALID_VALUE;
}

int cuDeviceGetName(char* name, int size, int) {
  snprintf(name, (size_t)size, "no GPU, but an emulation");
  return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** context, int) {
  *context = (void*)&launches;
  return SUCCESS;
}

int cuCtxSetCurrent(void*) { return SUCCESS; }

int cuCtxGetCurrent(void** context) {
  *context = (void*)&launches;
  return SUCCESS;
}

int cuCtxPushCurrent_v2(void*) { return SUCCESS; }

int cuCtxPopCurrent_v2(void** context) { return cuCtxGetCurrent(context); }

int cuCtxGetDevice(int* device) {
  *device = 0;
  return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
  // Few, so that thread blocks take several quantization blocks even in small tests.
  *value = attribute == MULTIPROCESSORS ? 1 : attribute == CAPABILITY_MAJOR ? 5 : 0;
  return SUCCESS;
}

int cuModuleLoadDataEx(void** module, const void* image, unsigned options, const int* names,
                       void* const* values) {
  std::lock_guard<std::mutex> lock(mutex);
  std::string text = (const char*)image;
  const std::string mark = "lowbit4j module ";
  size_t at = text.find(mark);
  if (text.find(".version") == std::string::npos || at == std::string::npos) {
    explain(options, names, values, "this is no PTX of lowbit4j's");
    return INVALID_PTX;
  }
  at += mark.size();
  std::string kind;
  uint64_t seed;
  std::string forAll;
  control(&kind, &seed, &forAll);
  std::string name = text.substr(at, text.find('\n', at) - at);
  if (name != "clip" && name != "quantize" && name != "plain-adam" && !forAll.empty()) {
    name = forAll;
  }
  std::string path = directory() + kind + "-" + name + ".so";
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* symbol = library == nullptr ? nullptr : dlsym(library, "emulatedModule");
  if (symbol == nullptr) {
    explain(options, names, values, dlerror());
    return INVALID_PTX;
  }
  *module = new LoadedModule{text, (const emulation::Module*)symbol};
  return SUCCESS;
}

int cuModuleGetFunction(void** function, void* module, const char* name) {
  const LoadedModule* loaded = (const LoadedModule*)module;
  if (loaded->text.find(".entry " + std::string(name) + "(") == std::string::npos) {
    return NOT_FOUND;
  }
  for (int i = 0; i < loaded->module->count; i++) {
    if (strcmp(loaded->module->entries[i].name, name) == 0) {
      *function = new Function{loaded, &loaded->module->entries[i]};
      return SUCCESS;
    }
  }
  return NOT_FOUND;
}

int cuLaunchKernel(void* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                   unsigned blockY, unsigned blockZ, unsigned dynamicShared, void*, void** arguments,
                   void** extra) {
  std::lock_guard<std::mutex> lock(mutex);
  if (gridY != 1 || gridZ != 1 || blockY != 1 || blockZ != 1 || dynamicShared != 0 ||
      extra != nullptr || arguments == nullptr) {
    return INVALID_VALUE;
  }
  const Function& f = *(const Function*)function;
  std::string kind;
  uint64_t seed;
  std::string forAll;
  control(&kind, &seed, &forAll);
  Fault fault;
  std::string name = f.entry->name;
  if (lost || fault.is("lost", name)) {
    // The launch itself is told nothing.
    return lost.exchange(true) ? ILLEGAL_ADDRESS : SUCCESS;
  }
  emulation::Dim grid{gridX + (fault.is("grid", name) ? (unsigned)fault.number : 0), 1, 1};
  emulation::Dim block{blockX + (fault.is("threads", name) ? (unsigned)fault.number : 0), 1, 1};
  const char* first = (const char*)arguments[0];
  std::string argument(first, first + argumentBytes(f));
  if (fault.is("argument", name)) {
    argument.at((size_t)fault.number) ^= (char)(1 << fault.bit);
  }
  bool good = emulation::launch(f.entry->kernel, argument.data(), grid, block, seed + launches++);
  noteLaunch(f, gridX, blockX);
  return good ? SUCCESS : FAILED;
}

int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  // As aligned as the driver's; not zero.
  void* memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
  memset(memory, 0xA5, bytes);
  *address = (uint64_t)memory;
  allocations[*address] = bytes;
  return SUCCESS;
}

static bool isAllocated(uint64_t address, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  auto after = allocations.upper_bound(address);
  if (after == allocations.begin()) {
    return false;
  }
  auto found = std::prev(after);
  return address + bytes <= found->first + found->second;
}

int cuMemFree_v2(uint64_t address) {
  if (lost) {
    return ILLEGAL_ADDRESS;
  }
  std::lock_guard<std::mutex> lock(mutex);
  if (allocations.erase(address) == 0) {
    return INVALID_VALUE;
  }
  free((void*)address);
  return SUCCESS;
}

// Not more at once than the number in a file `pinnable`, if there is one.
static bool isPinnable(size_t bytes) {
  unsigned long long most = bytes;
  if (FILE* file = fopen((directory() + "pinnable").c_str(), "r")) {
    if (fscanf(file, "%llu", &most) != 1) {
      fprintf(stderr, "fake driver: no number in %spinnable\n", directory().c_str());
    }
    fclose(file);
  }
  return bytes <= most;
}

int cuMemHostAlloc(void** address, size_t bytes, unsigned flags) {
  const unsigned portableAndMapped = 3;
  if (flags != portableAndMapped) {
    return INVALID_VALUE;
  }
  if (!isPinnable(bytes)) {
    return OUT_OF_MEMORY;
  }
  uint64_t memory;
  int result = cuMemAlloc_v2(&memory, bytes);
  *address = (void*)memory;
  return result;
}

int cuMemHostGetDevicePointer_v2(uint64_t* address, void* memory, unsigned) {
  // Nothing is where there is a file `unmapped`.
  if (access((directory() + "unmapped").c_str(), F_OK) == 0 || !isAllocated((uint64_t)memory, 1)) {
    return INVALID_VALUE;
  }
  *address = (uint64_t)memory;
  return SUCCESS;
}

int cuMemFreeHost(void* memory) { return cuMemFree_v2((uint64_t)memory); }

int cuMemcpyHtoD_v2(uint64_t to, const void* from, size_t bytes) {
  if (!isAllocated(to, bytes)) {
    return INVALID_VALUE;
  }
  memcpy((void*)to, from, bytes);
  return SUCCESS;
}

int cuMemcpyDtoH_v2(void* to, uint64_t from, size_t bytes) {
  if (lost) {
    return ILLEGAL_ADDRESS;
  }
  if (!isAllocated(from, bytes)) {
    return INVALID_VALUE;
  }
  memcpy(to, (const void*)from, bytes);
  if (Fault().is("output", std::to_string(++copiesToHost))) {
    ((char*)to)[bytes / 2] ^= 1;
  }
  return SUCCESS;
}

int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void*) {
  if (!isAllocated(to, bytes) || !isAllocated(from, bytes)) {
    return INVALID_VALUE;
  }
  memmove((void*)to, (const void*)from, bytes);
  return SUCCESS;
}

int cuMemsetD8_v2(uint64_t to, unsigned char value, size_t bytes) {
  if (!isAllocated(to, bytes)) {
    return INVALID_VALUE;
  }
  memset((void*)to, value, bytes);
  return SUCCESS;
}

int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void*) {
  return cuMemsetD8_v2(to, value, bytes);
}

// All streams are one, in the order of the calls.

int cuStreamCreate(void** stream, unsigned) {
  *stream = (void*)&launches;
  return SUCCESS;
}

int cuStreamDestroy_v2(void*) { return lost ? ILLEGAL_ADDRESS : SUCCESS; }

int cuStreamSynchronize(void*) { return lost ? ILLEGAL_ADDRESS : SUCCESS; }

using Clock = std::chrono::steady_clock;

int cuEventCreate(void** event, unsigned) {
  *event = new Clock::time_point;
  return SUCCESS;
}

int cuEventRecord(void* event, void*) {
  *(Clock::time_point*)event = Clock::now();
  return SUCCESS;
}

int cuEventSynchronize(void*) { return SUCCESS; }

int cuEventElapsedTime(float* milliseconds, void* from, void* to) {
  *milliseconds = std::chrono::duration<float, std::milli>(*(Clock::time_point*)to -
                                                           *(Clock::time_point*)from)
                      .count();
  return SUCCESS;
}

int cuCtxSynchronize() { return lost ? ILLEGAL_ADDRESS : SUCCESS; }

int cuMemGetInfo_v2(size_t* available, size_t* total) {
  std::lock_guard<std::mutex> lock(mutex);
  *available = *total = (size_t)1 << 40;
  for (const auto& allocation : allocations) {
    *available -= allocation.second;
  }
  return SUCCESS;
}
}
