// One case on the device: its memory, its launches, and whether what they leave behind is right.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "driver.h"
#include "vectors.h"

namespace gpu {

// What all cases share: kernels, and bytes of the file on the device.
class Device {
 public:
  Device(const Driver& driver, const Vectors& vectors) : driver(driver), vectors_(vectors) {}

  const Driver& driver;

  Function function(const std::string& module, const std::string& kernel) {
    Function& found = functions_[module + " " + kernel];
    if (found == nullptr) {
      void*& loaded = modules_[module];
      if (loaded == nullptr) {
        loaded = driver.module(vectors_.modules.at(module), module);
      }
      found = driver.function(loaded, kernel);
    }
    return found;
  }

  Address copyOf(const Blob& blob) {
    Address& there = blobs_[blob.bytes];
    if (there == 0) {
      there = driver.allocate(blob.size);
      driver.toDevice(there, blob.bytes, blob.size);
    }
    return there;
  }

 private:
  const Vectors& vectors_;
  std::map<std::string, void*> modules_;
  std::map<std::string, Function> functions_;
  std::map<const uint8_t*, Address> blobs_;
};

// Thread blocks for a launch, of as many as the library takes on this device.
using Grid = std::function<uint64_t(uint64_t usual, uint64_t most)>;

class Run {
 public:
  // What is expected is compared at once, or copies are made of it in the stream's order, which are
  // compared at the end. All memory is allocated here: that may wait for the device.
  Run(Device& device, const Case& what, Stream stream, bool atOnce)
      : device_(device), driver_(device.driver), case_(what), stream_(stream), atOnce_(atOnce) {
    size_t bytes = 0;
    for (const Memory& memory : case_.memories) {
      Address at = bytes + GUARD + memory.shift;
      if (memory.onHost) {
        void* here = driver_.allocateHere(memory.bytes, &at);
        memset(here, 0, memory.bytes);
        here_.push_back(here);
      } else {
        here_.push_back(nullptr);
        bytes = (at + memory.bytes + GUARD + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      }
      at_.push_back(at);
    }
    size_ = bytes;
    base_ = driver_.allocate(size_);
    for (size_t i = 0; i < at_.size(); i++) {
      at_[i] += here_[i] == nullptr ? base_ : 0;
    }
    driver_.set(base_, UNWRITTEN, size_, stream_);
    size_t copies = 0;
    for (const Action& action : case_.actions) {
      copies += needsCopy(action) ? action.blob.size : 0;
    }
    copies_ = copies > 0 ? driver_.allocate(copies) : 0;
  }

  ~Run() {
    driver_.free(base_);
    for (void* here : here_) {
      if (here != nullptr) {
        driver_.freeHere(here);
      }
    }
    if (copies_ != 0) {
      driver_.free(copies_);
    }
  }

  Run(const Run&) = delete;

  static size_t bytesOf(const Case& what) {
    size_t bytes = 0;
    for (const Memory& memory : what.memories) {
      bytes += memory.bytes + memory.shift + 2 * GUARD + ALIGNMENT;
    }
    return bytes;
  }

  bool isOver() const { return next_ == case_.actions.size(); }
  int step() const { return isOver() ? -1 : case_.actions[next_].step; }

  // Does all of the next step.
  void runStep(const Grid& grid) {
    for (int step = this->step(); !isOver() && this->step() == step; next_++) {
      const Action& action = case_.actions[next_];
      if (action.kind == EXPECT || action.kind == HASH) {
        expect(action);
      } else {
        act(action, grid);
      }
    }
  }

  // Waits, and compares what is left to compare. What is wrong, in words; empty if nothing is.
  const std::string& finish() {
    driver_.wait(stream_);
    for (const Snapshot& snapshot : snapshots_) {
      compare(*snapshot.action, snapshot.at);
    }
    if (lastOnHost_ != nullptr) {
      compareBytes(*lastOnHost_, (const uint8_t*)here_[lastOnHost_->memory]);
    }
    checkGuards();
    return fault_;
  }

  const std::string& fault() const { return fault_; }
  int compared() const { return compared_; }

 private:
  static constexpr size_t GUARD = 256;
  static constexpr size_t ALIGNMENT = 256;
  // Not zero, and no number either.
  static constexpr uint8_t UNWRITTEN = 0xFF;

  struct Snapshot {
    const Action* action;
    Address at;
  };

  Device& device_;
  const Driver& driver_;
  const Case& case_;
  const Stream stream_;
  const bool atOnce_;
  Address base_;
  Address copies_ = 0;
  size_t copied_ = 0;
  size_t size_;
  std::vector<Address> at_;
  std::vector<void*> here_;
  std::vector<Snapshot> snapshots_;
  const Action* lastOnHost_ = nullptr;
  size_t next_ = 0;
  std::string fault_;
  int compared_ = 0;

  void act(const Action& action, const Grid& grid) {
    if (action.kind == LAUNCH) {
      launch(action, grid);
      return;
    }
    const Memory& memory = case_.memories[action.memory];
    Address at = at_[action.memory];
    if (memory.onHost) {
      // Done already: it is zeros at first, and nothing else is put there.
      return;
    }
    if (action.kind == ZERO) {
      driver_.set(at, 0, memory.bytes, stream_);
      return;
    }
    size_t done = std::min(action.blob.size, memory.bytes);
    driver_.copy(at, device_.copyOf(action.blob), done, stream_);
    while (action.kind == FILL && done < memory.bytes) {
      size_t more = std::min(done, memory.bytes - done);
      driver_.copy(at + done, at, more, stream_);
      done += more;
    }
  }

  void launch(const Action& action, const Grid& grid) {
    std::vector<uint8_t> argument(action.blob.bytes, action.blob.bytes + action.blob.size);
    for (const Reference& reference : action.references) {
      uint64_t address = at_[reference.memory] + reference.offset;
      memcpy(argument.data() + reference.at, &address, sizeof address);
    }
    uint64_t blocks = action.blocks;
    if (action.perMultiprocessor > 0) {
      uint64_t most = std::max(1, driver_.multiprocessors) * (uint64_t)action.perMultiprocessor;
      blocks = grid(std::min(most, blocks), blocks);
    }
    driver_.launch(device_.function(action.module, action.kernel), (unsigned)blocks, action.threads,
                   stream_, argument.data());
  }

  bool needsCopy(const Action& action) const {
    return !atOnce_ && (action.kind == EXPECT || action.kind == HASH) &&
           !case_.memories[action.memory].onHost;
  }

  void expect(const Action& action) {
    bool onHost = case_.memories[action.memory].onHost;
    if (needsCopy(action)) {
      Address copy = copies_ + copied_;
      copied_ += action.blob.size;
      driver_.copy(copy, at_[action.memory], action.blob.size, stream_);
      snapshots_.push_back(Snapshot{&action, copy});
    } else if (!atOnce_) {
      // Later launches write there, too: only the last can be compared.
      lastOnHost_ = &action;
    } else {
      driver_.wait(stream_);
      if (onHost) {
        compareBytes(action, (const uint8_t*)here_[action.memory]);
      } else {
        compare(action, at_[action.memory]);
      }
    }
  }

  void compare(const Action& action, Address at) {
    std::vector<uint8_t> found(action.blob.size);
    driver_.toHost(found.data(), at, found.size());
    compareBytes(action, found.data());
  }

  void compareBytes(const Action& action, const uint8_t* found) {
    compared_++;
    if (action.kind == HASH) {
      if (hashOf(found, action.blob.size) != action.hash) {
        say(action, "other bits");
      }
      return;
    }
    if (memcmp(found, action.blob.bytes, action.blob.size) == 0) {
      return;
    }
    size_t first = action.blob.size;
    size_t others = 0;
    for (size_t i = action.blob.size; i-- > 0;) {
      if (found[i] != action.blob.bytes[i]) {
        first = i;
        others++;
      }
    }
    char text[100];
    snprintf(text, sizeof text, "byte %zu is %02x in place of %02x, %zu of %zu bytes differ", first,
             found[first], action.blob.bytes[first], others, action.blob.size);
    say(action, text);
  }

  void say(const Action& action, const std::string& what) {
    if (fault_.empty()) {
      fault_ = case_.name + ", step " + std::to_string(action.step) + ", " +
               case_.memories[action.memory].name + ": " + what;
    }
  }

  // What lies around each memory is as it was.
  void checkGuards() {
    for (size_t i = 0; i < at_.size() && fault_.empty(); i++) {
      const Memory& memory = case_.memories[i];
      if (memory.onHost) {
        continue;
      }
      uint8_t guards[2 * GUARD];
      driver_.toHost(guards, at_[i] - GUARD, GUARD);
      driver_.toHost(guards + GUARD, at_[i] + memory.bytes, GUARD);
      for (uint8_t byte : guards) {
        if (byte != UNWRITTEN) {
          fault_ = case_.name + ": something was written before or behind " + memory.name;
        }
      }
    }
  }
};

}  // namespace gpu
