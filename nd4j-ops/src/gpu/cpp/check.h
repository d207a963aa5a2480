// Are the bits right, whatever the order of launches?
#pragma once

#include <chrono>
#include <memory>
#include <random>

#include "plain_adam.h"
#include "run.h"

namespace gpu {

inline double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

struct Options {
  std::string vectors;
  std::string report;
  std::string driver = "libcuda.so.1";
  std::string only;
  uint64_t largest = 1'000'000'000;
  int rounds = 5;
  int device = 0;
  bool times = true;

  bool takes(const Case& what) const {
    return what.elements <= largest && what.name.find(only) != std::string::npos;
  }
};

// Steps of many cases, and what was wrong with them.
struct Round {
  std::string name;
  int cases = 0;
  int compared = 0;
  double seconds = 0;
  std::vector<std::string> faults = {};

  void add(const Run& run, const std::string& fault) {
    cases++;
    compared += run.compared();
    if (!fault.empty()) {
      faults.push_back(fault);
    }
  }
};

// One case after the other, each step compared before the next one begins.
inline Round inOrder(Device& device, const std::vector<const Case*>& cases) {
  Round round{"one step after the other"};
  double start = now();
  Grid usual = [](uint64_t blocks, uint64_t) { return blocks; };
  for (const Case* what : cases) {
    Run run(device, *what, nullptr, true);
    while (!run.isOver() && run.fault().empty()) {
      run.runStep(usual);
    }
    round.add(run, run.finish());
  }
  round.seconds = now() - start;
  return round;
}

// Something else that the device does meanwhile: it reads and writes memory, and holds
// multiprocessors.
class Load {
 public:
  Load(Device& device, uint64_t groups)
      : device_(device),
        function_(device.function("plain-adam", "plainAdam")),
        stream_(device.driver.stream()),
        bytes_(groups * PlainAdam::GROUP * sizeof(float)),
        memory_(device.driver.allocate(3 * bytes_)) {
    device.driver.set(memory_, 0, 3 * bytes_, stream_);
    adam_.gradient = memory_;
    adam_.m = memory_ + bytes_;
    adam_.v = memory_ + 2 * bytes_;
    adam_.groups = groups;
  }

  // Freeing waits for what uses the memory.
  ~Load() {
    device_.driver.free(memory_);
    device_.driver.destroyStream(stream_);
  }

  Load(const Load&) = delete;

  void more() {
    adam_.launch(device_.driver, function_, stream_);
    device_.driver.copy(adam_.v, adam_.m, bytes_, stream_);
  }

 private:
  Device& device_;
  Function function_;
  Stream stream_;
  size_t bytes_;
  Address memory_;
  PlainAdam adam_;
};

// Steps of cases in any order, on several streams and without waiting for any, with other numbers
// of thread blocks, while the device has something else to do as well.
inline Round mixed(Device& device, const std::vector<const Case*>& cases, uint64_t loadGroups,
                   int seed) {
  constexpr size_t STREAMS = 8;
  constexpr size_t UNDER_WAY = 48;
  Round round{"mixed, under load, order " + std::to_string(seed)};
  double start = now();
  std::mt19937 random(seed);
  Grid grid = [&random](uint64_t usual, uint64_t most) -> uint64_t {
    switch (random() % 4) {
      case 0:
        return usual;
      case 1:
        return 1;
      case 2:
        return 1 + random() % usual;
      default:
        return most;
    }
  };
  std::vector<Stream> streams;
  for (size_t i = 0; i < STREAMS; i++) {
    streams.push_back(device.driver.stream());
  }
  std::vector<const Case*> order = cases;
  std::shuffle(order.begin(), order.end(), random);
  {
    Load load(device, loadGroups);
    for (size_t from = 0; from < order.size(); from += UNDER_WAY) {
      std::vector<std::unique_ptr<Run>> all;
      std::vector<Run*> left;
      for (size_t i = from; i < std::min(order.size(), from + UNDER_WAY); i++) {
        all.emplace_back(new Run(device, *order[i], streams[random() % STREAMS], false));
        left.push_back(all.back().get());
      }
      for (int launched = 0; !left.empty(); launched++) {
        if (launched % 32 == 0) {
          load.more();
        }
        size_t i = random() % left.size();
        left[i]->runStep(grid);
        if (left[i]->isOver()) {
          left.erase(left.begin() + (long)i);
        }
      }
      for (std::unique_ptr<Run>& run : all) {
        const std::string& fault = run->finish();
        round.add(*run, fault);
      }
    }
  }
  for (Stream stream : streams) {
    device.driver.destroyStream(stream);
  }
  round.seconds = now() - start;
  return round;
}

// Whether what the others are timed against is Adam.
inline Round plainAdam(Device& device) {
  Round round{"plain Adam against the host"};
  double start = now();
  constexpr size_t N = 4096;
  std::vector<float> g(N), m(N, 0), v(N, 0), found(3 * N);
  std::mt19937 random(1);
  for (float& x : g) {
    x = (float)(int)(random() % 2001 - 1000) * 1e-5f;
  }
  PlainAdam adam;
  Address at = device.driver.allocate(3 * N * sizeof(float));
  device.driver.set(at, 0, 3 * N * sizeof(float), nullptr);
  device.driver.toDevice(at, g.data(), N * sizeof(float));
  adam.gradient = at;
  adam.m = at + N * sizeof(float);
  adam.v = at + 2 * N * sizeof(float);
  adam.groups = N / PlainAdam::GROUP;
  for (int step = 0; step < 3; step++) {
    adam.launch(device.driver, device.function("plain-adam", "plainAdam"), nullptr);
    adam.onHost(g, m, v);
  }
  device.driver.wait(nullptr);
  device.driver.toHost(found.data(), at, 3 * N * sizeof(float));
  device.driver.free(at);
  bool same = memcmp(found.data(), g.data(), N * sizeof(float)) == 0 &&
              memcmp(found.data() + N, m.data(), N * sizeof(float)) == 0 &&
              memcmp(found.data() + 2 * N, v.data(), N * sizeof(float)) == 0;
  round.cases = round.compared = 1;
  if (!same) {
    round.faults.push_back("plain Adam has other bits than on the host");
  }
  round.seconds = now() - start;
  return round;
}

}  // namespace gpu
