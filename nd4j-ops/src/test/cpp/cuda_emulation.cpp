// The scheduler of cuda_emulation.h. Compiled without sanitizers: it switches stacks.
#include "cuda_emulation.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <vector>

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
Dim blockSize;
Dim gridSize;

namespace {

constexpr int WARP = 32;
constexpr int MOST_THREADS = 1024;
constexpr size_t STACK = 128 << 10;

// Blocks under way at a time. Others take their places, and their stacks, which is an order that
// the thread sanitizer must not take for one of the kernel's: under it none do.
constexpr uint32_t MOST_BLOCKS = 8;

// A warp's shuffle in progress. The values of the last one are kept until all have read them:
// nobody gets further ahead than one shuffle.
struct Warp {
  uint64_t values[2][WARP];
  uint32_t arrived;
  uint32_t mask;
  uint32_t generation;
};

struct BlockRun : Block {
  alignas(16) char memory[SHARED_BYTES];
  Fiber fibers[MOST_THREADS];
  Warp warps[MOST_THREADS / WARP];
  std::vector<int> runnable;
  char* stacks;
  int live;
  int arrived;
  char order;
};

BlockRun runs[MOST_BLOCKS];
std::vector<BlockRun*> underWay;
Kernel kernel;
const void* arguments;
int threads;
char message[200];
void* home;
[[maybe_unused]] void* homeSanitizer;
[[maybe_unused]] char finished;

uint64_t state;
uint32_t pick(uint32_t n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)((state >> 33) % n);
}

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

BlockRun& here() { return *static_cast<BlockRun*>(running->block); }

void toScheduler() {
  TSAN(__tsan_switch_to_fiber(homeSanitizer, 1));
  lowbit4jSwitchStack(&running->stackPointer, home);
}

void waitForOthers() {
  running->waits = true;
  toScheduler();
}

// Lets others go first, or not.
void yield() {
  if (pick(2) == 0) {
    here().runnable.push_back((int)running->index.x);
    toScheduler();
  }
}

void wake(BlockRun& block, int from, int to, uint32_t mask) {
  for (int i = from; i < to; i++) {
    Fiber& fiber = block.fibers[i];
    if (fiber.waits && (mask >> (i % WARP) & 1)) {
      fiber.waits = false;
      block.runnable.push_back(i);
    }
  }
}

void fiberMain() {
  kernel(arguments);
  TSAN(__tsan_release(&finished));
  here().live--;
  toScheduler();
}

void start(BlockRun& block, int i) {
  Fiber& fiber = block.fibers[i];
  fiber.index = Dim{(uint32_t)i, 0, 0};
  fiber.block = &block;
  fiber.waits = false;
  fiber.fenced = fiber.observed = nullptr;
  // As if called: the return address at the top, registers below it.
  void** frame = (void**)(block.stacks + (i + 1) * STACK - 64);
  *frame = (void*)fiberMain;
  fiber.stackPointer = frame - 6;
  TSAN(fiber.sanitizer = __tsan_create_fiber(0));
  block.runnable.push_back(i);
}

void start(BlockRun& block, uint32_t index) {
  if (block.stacks == nullptr) {
    block.stacks = (char*)mmap(nullptr, MOST_THREADS * STACK, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
  block.index = Dim{index, 0, 0};
  block.shared = block.memory;
  // NaNs.
  memset(block.memory, 0xFF, sizeof block.memory);
  block.live = threads;
  block.arrived = 0;
  block.runnable.clear();
  for (Warp& warp : block.warps) {
    warp.arrived = warp.generation = 0;
  }
  for (int i = 0; i < threads; i++) {
    start(block, i);
  }
  underWay.push_back(&block);
}

void runOne(BlockRun& block) {
  uint32_t at = pick((uint32_t)block.runnable.size());
  int i = block.runnable[at];
  block.runnable[at] = block.runnable.back();
  block.runnable.pop_back();
  running = &block.fibers[i];
  TSAN(__tsan_switch_to_fiber(running->sanitizer, 1));
  lowbit4jSwitchStack(&home, running->stackPointer);
}

// Null if all threads wait.
BlockRun* pickBlock() {
  size_t n = underWay.size();
  size_t first = pick((uint32_t)n);
  for (size_t i = 0; i < n; i++) {
    BlockRun* block = underWay[(first + i) % n];
    if (!block->runnable.empty()) {
      return block;
    }
  }
  return nullptr;
}

void endFibers() {
#ifdef EMULATION_TSAN
  for (BlockRun& block : runs) {
    for (Fiber& fiber : block.fibers) {
      for (void** sanitizer : {&fiber.sanitizer, &fiber.fenced, &fiber.observed}) {
        if (*sanitizer != nullptr) {
          __tsan_destroy_fiber(*sanitizer);
          *sanitizer = nullptr;
        }
      }
    }
  }
  __tsan_acquire(&finished);
#endif
}

// Blocks in an order of its own, so many at a time; a thread goes on in the block of the last one,
// or in another.
void runBlocks(std::vector<uint32_t> order, size_t atATime, uint32_t burst) {
  std::vector<BlockRun*> places;
  for (size_t i = 0; i < atATime; i++) {
    places.push_back(&runs[i]);
  }
  BlockRun* block = nullptr;
  while (message[0] == 0) {
    while (!places.empty() && !order.empty()) {
      start(*places.back(), order.back());
      places.pop_back();
      order.pop_back();
    }
    if (underWay.empty()) {
      return;
    }
    if (block == nullptr || block->runnable.empty() || pick(burst) == 0) {
      block = pickBlock();
    }
    if (block == nullptr) {
      const BlockRun& stuck = *underWay[0];
      snprintf(message, sizeof message, "%d threads of block %u wait for ever", stuck.live,
               stuck.index.x);
      return;
    }
    runOne(*block);
    if (block->live == 0) {
      underWay.erase(std::find(underWay.begin(), underWay.end(), block));
      places.push_back(block);
      block = nullptr;
    }
  }
}

}  // namespace

bool launch(Kernel toRun, const void* itsArguments, Dim grid, Dim size, uint64_t seed) {
  message[0] = 0;
  state = seed;
  gridSize = grid;
  blockSize = size;
  kernel = toRun;
  arguments = itsArguments;
  threads = (int)size.x;
  if (size.x < 1 || size.x > MOST_THREADS || size.x % WARP != 0 || grid.x < 1) {
    snprintf(message, sizeof message, "grid %u, block %u", grid.x, size.x);
    return false;
  }
  std::vector<uint32_t> order(grid.x);
  for (uint32_t i = 0; i < grid.x; i++) {
    order[i] = i;
  }
  for (uint32_t i = grid.x; i > 1; i--) {
    std::swap(order[i - 1], order[pick(i)]);
  }
  uint32_t most = std::min(grid.x, MOST_BLOCKS);
  uint32_t atATime = 1 + pick(most);
#ifdef EMULATION_TSAN
  homeSanitizer = __tsan_get_current_fiber();
  atATime = most;
  if (grid.x > most) {
    snprintf(message, sizeof message, "the sanitizer tells no more than %u of %u blocks apart", most,
             grid.x);
    return false;
  }
#endif
  runBlocks(order, atATime, 1u << pick(8));
  underWay.clear();
  endFibers();
  return message[0] == 0;
}

const char* fault() { return message; }

void fail(const char* reason) {
  if (message[0] == 0) {
    snprintf(message, sizeof message, "%s, thread %u of block %u", reason, running->index.x,
             running->block->index.x);
  }
  toScheduler();
  __builtin_unreachable();
}

void barrier() {
  BlockRun& block = here();
  TSAN(__tsan_release(&block.order));
  if (++block.arrived < threads) {
    waitForOthers();
  } else {
    block.arrived = 0;
    wake(block, 0, threads, 0xFFFFFFFF);
    yield();
  }
  TSAN(__tsan_acquire(&block.order));
}

uint64_t shuffleXor(uint32_t mask, uint64_t value, uint32_t lanes) {
  BlockRun& block = here();
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
    wake(block, first, first + WARP, mask);
    yield();
  }
  // A shuffle orders no memory: no acquire or release.
  return values[lane ^ lanes];
}

#ifdef EMULATION_TSAN
// To the sanitizer, for a moment, another one that lives as long as the running fiber, and knows of
// others only what it was told: what `to` was given when that call was made.
template <class Work>
void as(void** other, Work work) {
  if (*other == nullptr) {
    *other = __tsan_create_fiber(0);
  }
  __tsan_switch_to_fiber(*other, 1);
  work();
  __tsan_switch_to_fiber(running->sanitizer, 1);
}
#endif

// As C++ has it: what was known at a fence is passed on by the atomic operations behind it, to
// fences behind atomic operations that come later on the same number.
void fence() {
#ifdef EMULATION_TSAN
  if (running->observed != nullptr) {
    __tsan_acquire(&running->observed);
  }
  __tsan_release(&running->fenced);
  as(&running->fenced, [] { __tsan_acquire(&running->fenced); });
#endif
  yield();
}

void atomic(const void* at) {
  yield();
#ifdef EMULATION_TSAN
  void* number = const_cast<void*>(at);
  if (running->fenced != nullptr) {
    as(&running->fenced, [&] { __tsan_release(number); });
  }
  as(&running->observed, [&] {
    __tsan_acquire(number);
    __tsan_release(&running->observed);
  });
#else
  (void)at;
#endif
}

}  // namespace emulation
