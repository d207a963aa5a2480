// What was found, as text that is a Markdown page as well.
#pragma once

#include "timing.h"

namespace gpu {

struct Report {
  std::string machine;
  std::vector<Round> rounds;
  Times times;
  std::string failure;
  double seconds = 0;

  void describe(const Driver& driver) {
    machine = format(
        "%s, compute capability %d.%d, %d multiprocessors, %.1f GiB free, driver for CUDA %d.%d",
        driver.name.c_str(), driver.capability / 10, driver.capability % 10, driver.multiprocessors,
        (double)driver.freeMemory() / (1 << 30), driver.version / 1000, driver.version % 1000 / 10);
  }

  bool isGood() const {
    bool good = failure.empty();
    for (const Round& round : rounds) {
      good = good && round.faults.empty();
    }
    for (const Time& time : times.all) {
      good = good && time.fault.empty();
    }
    return good;
  }

  std::string markdown() const {
    std::string text = "# lowbit4j on a GPU\n\n" + machine + "\n\n";
    text += std::string(isGood() ? "**All bits are those of the Java kernel.**"
                                 : "**NOT as it should be, see below.**") +
            format(" %.0f seconds in all.\n\n", seconds);
    if (!failure.empty()) {
      text += "It ended early: " + failure + "\n\n";
    }
    text += "| launches | cases | comparisons | seconds | verdict |\n|---|---|---|---|---|\n";
    for (const Round& round : rounds) {
      text += format("| %s | %d | %d | %.1f | %s |\n", round.name.c_str(), round.cases,
                     round.compared, round.seconds, round.faults.empty() ? "right" : "WRONG");
    }
    for (const Round& round : rounds) {
      for (const std::string& fault : round.faults) {
        text += "\n- " + fault;
      }
    }
    return text + (times.all.empty() ? "" : timeTable());
  }

 private:
  template <class... Values>
  static std::string format(const char* how, Values... values) {
    char text[500];
    snprintf(text, sizeof text, how, values...);
    return text;
  }

  std::string timeTable() const {
    double copy = times.copyBytesPerSecond;
    std::string text = format(
        "\nCopy within the device's memory: %.0f GB/s read and written. A launch: %.2f us until the "
        "call is back, %.2f us until it has run.\n\n",
        copy * 1e-9, times.secondsToCall * 1e6, times.secondsToRun * 1e6);
    text += "| step | parameters | us | ns per parameter | GB/s | of a copy's |\n";
    text += "|---|---|---|---|---|---|\n";
    for (const Time& time : times.all) {
      double speed = (double)time.bytes / time.seconds;
      text += format("| %s | %llu | %.1f | %.4f | %.0f | %.0f %% |%s\n", time.name.c_str(),
                     (unsigned long long)time.elements, time.seconds * 1e6,
                     time.seconds * 1e9 / (double)time.elements, speed * 1e-9, 100 * speed / copy,
                     time.fault.empty() ? "" : (" WRONG: " + time.fault).c_str());
    }
    for (const std::string& left : times.leftOut) {
      text += "\n- not timed: " + left;
    }
    return text;
  }
};

}  // namespace gpu
