// How long does a step take, and how much of the memory's speed does it reach?
#pragma once

#include "check.h"

namespace gpu {

struct Time {
  std::string name;
  uint64_t elements;
  double seconds;
  uint64_t bytes;
  // Empty if it did what it should.
  std::string fault;
};

struct Times {
  double copyBytesPerSecond = 0;
  // Of a kernel that does nothing to speak of: until the call comes back, and until it has run.
  double secondsToCall = 0;
  double secondsToRun = 0;
  std::vector<Time> all;
  std::vector<std::string> leftOut;
};

// The middle one of some runs; the first is not counted.
inline double secondsOf(const Driver& driver, int runs, const std::function<void()>& begin,
                        const std::function<void()>& timed) {
  Event from = driver.event();
  Event to = driver.event();
  std::vector<double> seconds;
  for (int i = 0; i <= runs; i++) {
    begin();
    driver.waitForAll();
    driver.record(from, nullptr);
    timed();
    driver.record(to, nullptr);
    double found = driver.seconds(from, to);
    if (i > 0) {
      seconds.push_back(found);
    }
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

// Bytes read and written per second by the driver's own copy within the device's memory.
inline double copySpeed(const Driver& driver, size_t bytes) {
  Address from = driver.allocate(bytes);
  Address to = driver.allocate(bytes);
  driver.set(from, 1, bytes, nullptr);
  constexpr int COPIES = 10;
  double seconds = secondsOf(
      driver, 5, [] {},
      [&] {
        for (int i = 0; i < COPIES; i++) {
          driver.copy(to, from, bytes, nullptr);
        }
      });
  driver.free(from);
  driver.free(to);
  return 2.0 * (double)bytes * COPIES / seconds;
}

inline void launchCosts(Device& device, Times& times) {
  const Driver& driver = device.driver;
  constexpr int LAUNCHES = 500;
  Address at = driver.allocate(1024);
  driver.set(at, 0, 1024, nullptr);
  PlainAdam adam;
  adam.gradient = adam.m = adam.v = at;
  adam.groups = 1;
  Function function = device.function("plain-adam", "plainAdam");
  double called = 0;
  times.secondsToRun = secondsOf(
                           driver, 5, [] {},
                           [&] {
                             double start = now();
                             for (int i = 0; i < LAUNCHES; i++) {
                               adam.launch(driver, function, nullptr);
                             }
                             called = now() - start;
                           }) /
                       LAUNCHES;
  times.secondsToCall = called / LAUNCHES;
  driver.free(at);
}

inline Time plainAdamTime(Device& device, uint64_t elements) {
  const Driver& driver = device.driver;
  constexpr int LAUNCHES = 20;
  size_t bytes = elements / PlainAdam::GROUP * PlainAdam::GROUP * sizeof(float);
  Address at = driver.allocate(3 * bytes);
  PlainAdam adam;
  adam.gradient = at;
  adam.m = at + bytes;
  adam.v = at + 2 * bytes;
  adam.groups = elements / PlainAdam::GROUP;
  Function function = device.function("plain-adam", "plainAdam");
  double seconds = secondsOf(
      driver, 3, [&] { driver.set(at, 0, 3 * bytes, nullptr); },
      [&] {
        for (int i = 0; i < LAUNCHES; i++) {
          adam.launch(driver, function, nullptr);
        }
      });
  driver.free(at);
  return Time{"plain float32 Adam", elements, seconds / LAUNCHES,
              elements * PlainAdam::BYTES_PER_ELEMENT, ""};
}

// The first step, of fresh state, is not counted.
inline Time timeOf(Device& device, const Case& what) {
  Grid usual = [](uint64_t blocks, uint64_t) { return blocks; };
  std::unique_ptr<Run> run;
  std::string fault;
  int steps = what.actions.back().step;
  double seconds = secondsOf(
      device.driver, 3,
      [&] {
        if (run && fault.empty()) {
          fault = run->finish();
        }
        run.reset();
        run.reset(new Run(device, what, nullptr, false));
        run->runStep(usual);
      },
      [&] {
        while (!run->isOver()) {
          run->runStep(usual);
        }
      });
  fault = fault.empty() ? run->finish() : fault;
  return Time{what.name, what.elements, seconds / steps, what.moves, fault};
}

inline Times measure(Device& device, const Vectors& vectors, const Options& options) {
  Times times;
  const Driver& driver = device.driver;
  size_t bytes = std::min<size_t>(driver.freeMemory() / 4, 4 * options.largest) / 256 * 256;
  times.copyBytesPerSecond = copySpeed(driver, std::min<size_t>(bytes, (size_t)1 << 30));
  launchCosts(device, times);
  uint64_t last = 0;
  for (const Case& what : vectors.cases) {
    if (!what.timed || !options.takes(what)) {
      continue;
    }
    size_t needed = std::max<size_t>(Run::bytesOf(what), 3 * sizeof(float) * what.elements);
    if (needed + ((size_t)256 << 20) > driver.freeMemory()) {
      times.leftOut.push_back(what.name + " with " + std::to_string(what.elements) +
                              " elements: not enough memory");
      continue;
    }
    // Once per size, before the others of that size.
    if (what.elements > last) {
      times.all.push_back(plainAdamTime(device, what.elements));
      last = what.elements;
    }
    times.all.push_back(timeOf(device, what));
  }
  return times;
}

}  // namespace gpu
