// The scheduler of cuda_emulation.h. Compiled without sanitizers: it switches stacks.
#include "cuda_emulation.h"

#include <sys/mman.h>

#include <cstdio>
#include <vector>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#ifdef EMULATION_TSAN
extern "C" {
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void* __tsan_get_current_fiber();
void __tsan_acquire(void* at);
void __tsan_release(void* at);
}
#define TSAN(call) call
#else
#define TSAN(call) ((void)0)
#endif

namespace emulation {

Fiber* running;
Dim blockIndex;
Dim blockSize;
Dim gridSize;

namespace {

constexpr int WARP = 32;
constexpr int MOST_THREADS = 1024;
constexpr size_t STACK = 256 << 10;

// A warp's shuffle in progress. The values of the last one are kept until all have read them:
// nobody gets further ahead than one shuffle.
struct Warp {
  uint64_t values[2][WARP];
  uint32_t arrived;
  uint32_t mask;
  uint32_t generation;
  char order;
};

struct Block {
  Fiber fibers[MOST_THREADS];
  Warp warps[MOST_THREADS / WARP];
  std::vector<int> runnable;
  int threads;
  int live;
  int arrived;
  char order;
  Kernel kernel;
  const void* arguments;
};

Block block;
char message[200];
char* stacks;
void* home;
[[maybe_unused]] void* homeSanitizer;
[[maybe_unused]] char finished;

uint64_t state;
uint32_t pick(uint32_t n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)((state >> 33) % n);
}

#if defined(__x86_64__)
extern "C" void lowbit4jSwitchStack(void** from, void* to);
asm(R"(
.text
.globl lowbit4jSwitchStack
.hidden lowbit4jSwitchStack
.type lowbit4jSwitchStack, @function
lowbit4jSwitchStack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");
void switchStack(void** from, void* to) { lowbit4jSwitchStack(from, to); }
#else
ucontext_t contexts[MOST_THREADS + 1];
void switchStack(void** from, void* to) { swapcontext((ucontext_t*)*from, (ucontext_t*)to); }
#endif

void toScheduler() {
  TSAN(__tsan_switch_to_fiber(homeSanitizer, 1));
  switchStack(&running->stackPointer, home);
}

void waitForOthers() {
  running->waits = true;
  toScheduler();
}

void wake(int from, int to, uint32_t mask) {
  for (int i = from; i < to; i++) {
    Fiber& fiber = block.fibers[i];
    if (fiber.waits && (mask >> (i % WARP) & 1)) {
      fiber.waits = false;
      block.runnable.push_back(i);
    }
  }
}

void fiberMain() {
  block.kernel(block.arguments);
  TSAN(__tsan_release(&finished));
  running->done = true;
  block.live--;
  toScheduler();
}

void prepare(int i) {
  Fiber& fiber = block.fibers[i];
  fiber.index = Dim{(uint32_t)i, 0, 0};
  fiber.waits = fiber.done = false;
  char* top = stacks + (i + 1) * STACK;
#if defined(__x86_64__)
  // As if called: the return address at the top, registers below it.
  void** frame = (void**)(top - 64);
  *frame = (void*)fiberMain;
  fiber.stackPointer = frame - 6;
#else
  ucontext_t* context = &contexts[i];
  getcontext(context);
  context->uc_stack.ss_sp = top - STACK;
  context->uc_stack.ss_size = STACK;
  makecontext(context, fiberMain, 0);
  fiber.stackPointer = context;
#endif
  TSAN(fiber.sanitizer = __tsan_create_fiber(0));
}

void poison(const Module& module) {
  for (char* at = module.sharedFrom; at + 4 <= module.sharedTo; at += 4) {
    const uint32_t nan = 0xFFFFFFFF;
    memcpy(at, &nan, sizeof nan);
  }
}

bool runBlock(const Module& module) {
  poison(module);
  block.runnable.clear();
  block.live = block.threads;
  block.arrived = 0;
  for (Warp& warp : block.warps) {
    warp.arrived = warp.generation = 0;
  }
  for (int i = 0; i < block.threads; i++) {
    prepare(i);
    block.runnable.push_back(i);
  }
  while (!block.runnable.empty() && message[0] == 0) {
    uint32_t at = pick((uint32_t)block.runnable.size());
    int i = block.runnable[at];
    block.runnable[at] = block.runnable.back();
    block.runnable.pop_back();
    running = &block.fibers[i];
    TSAN(__tsan_switch_to_fiber(running->sanitizer, 1));
    switchStack(&home, running->stackPointer);
  }
  for (int i = 0; i < block.threads; i++) {
    TSAN(__tsan_destroy_fiber(block.fibers[i].sanitizer));
  }
  // Blocks share the emulation's one shared memory, so they are in order.
  TSAN(__tsan_acquire(&finished));
  if (message[0] == 0 && block.live > 0) {
    snprintf(message, sizeof message, "%d threads of block %u wait for ever", block.live,
             blockIndex.x);
  }
  return message[0] == 0;
}

}  // namespace

bool launch(const Module& module, Kernel kernel, const void* arguments, Dim grid, Dim size,
            uint64_t seed) {
  if (stacks == nullptr) {
    stacks = (char*)mmap(nullptr, MOST_THREADS * STACK, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
#if !defined(__x86_64__)
  home = &contexts[MOST_THREADS];
#endif
  message[0] = 0;
  state = seed;
  gridSize = grid;
  blockSize = size;
  block.kernel = kernel;
  block.arguments = arguments;
  block.threads = (int)size.x;
  if (size.x < 1 || size.x > MOST_THREADS || size.x % WARP != 0 || grid.x < 1) {
    snprintf(message, sizeof message, "grid %u, block %u", grid.x, size.x);
    return false;
  }
  TSAN(homeSanitizer = __tsan_get_current_fiber());
  std::vector<uint32_t> order(grid.x);
  for (uint32_t i = 0; i < grid.x; i++) {
    order[i] = i;
  }
  for (uint32_t i = grid.x; i > 1; i--) {
    std::swap(order[i - 1], order[pick(i)]);
  }
  for (uint32_t i : order) {
    blockIndex = Dim{i, 0, 0};
    if (!runBlock(module)) {
      return false;
    }
  }
  return true;
}

const char* fault() { return message; }

void fail(const char* reason) {
  if (message[0] == 0) {
    snprintf(message, sizeof message, "%s, thread %u of block %u", reason, running->index.x,
             blockIndex.x);
  }
  toScheduler();
  __builtin_unreachable();
}

void barrier() {
  TSAN(__tsan_release(&block.order));
  if (++block.arrived < block.threads) {
    waitForOthers();
  } else {
    block.arrived = 0;
    wake(0, block.threads, 0xFFFFFFFF);
  }
  TSAN(__tsan_acquire(&block.order));
}

uint64_t shuffleXor(uint32_t mask, uint64_t value, uint32_t lanes) {
  int thread = (int)running->index.x;
  int lane = thread % WARP;
  Warp& warp = block.warps[thread / WARP];
  if (!(mask >> lane & 1) || lanes >= WARP || !(mask >> (lane ^ lanes) & 1)) {
    fail("a shuffle with a lane outside its mask");
  }
  if (warp.arrived != 0 && warp.mask != mask) {
    fail("a shuffle with different masks");
  }
  warp.mask = mask;
  uint64_t* values = warp.values[warp.generation & 1];
  values[lane] = value;
  warp.arrived |= 1u << lane;
  if (warp.arrived != mask) {
    waitForOthers();
  } else {
    warp.arrived = 0;
    warp.generation++;
    int first = thread - lane;
    wake(first, first + WARP, mask);
  }
  // A shuffle orders no memory: no acquire or release.
  return values[lane ^ lanes];
}

}  // namespace emulation
