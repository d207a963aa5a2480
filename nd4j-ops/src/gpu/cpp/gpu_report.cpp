// Proves and times the CUDA kernels on the machine at hand, which needs a GPU and its driver and
// nothing else. See ../README.md.
//
// Exit status 0: all bits are right; 1: some are not, or a launch failed; 2: it could not begin.
#include <cstdlib>

#include "report.h"

using namespace gpu;

namespace {

const char* USAGE =
    "usage: gpu_report VECTORS [--report FILE] [--only TEXT] [--largest ELEMENTS] [--rounds N]\n"
    "                  [--no-times] [--device N] [--driver LIBRARY]\n";

bool parse(int count, char** arguments, Options* options) {
  for (int i = 1; i < count; i++) {
    std::string name = arguments[i];
    bool hasValue = i + 1 < count;
    if (name == "--no-times") {
      options->times = false;
    } else if (name.rfind("--", 0) != 0 && options->vectors.empty()) {
      options->vectors = name;
    } else if (name.rfind("--", 0) != 0 || !hasValue) {
      return false;
    } else if (name == "--report") {
      options->report = arguments[++i];
    } else if (name == "--only") {
      options->only = arguments[++i];
    } else if (name == "--driver") {
      options->driver = arguments[++i];
    } else if (name == "--largest") {
      options->largest = strtoull(arguments[++i], nullptr, 10);
    } else if (name == "--rounds") {
      options->rounds = atoi(arguments[++i]);
    } else if (name == "--device") {
      options->device = atoi(arguments[++i]);
    } else {
      return false;
    }
  }
  return !options->vectors.empty();
}

std::vector<const Case*> checked(const Vectors& vectors, const Options& options) {
  std::vector<const Case*> cases;
  bool any = false;
  for (const Case& what : vectors.cases) {
    any = any || (options.takes(what) && (options.times || !what.timed));
    if (!what.timed && options.takes(what)) {
      cases.push_back(&what);
    }
  }
  if (!any) {
    throw Failure("no case to be run has " + options.only + " in its name");
  }
  return cases;
}

// Says what it does as it goes, in case it does not come to its end.
void note(const Round& round) {
  printf("%-36s %5d cases %7d comparisons %7.1f s  %s\n", round.name.c_str(), round.cases,
         round.compared, round.seconds, round.faults.empty() ? "right" : "WRONG");
  for (const std::string& fault : round.faults) {
    printf("  %s\n", fault.c_str());
  }
  fflush(stdout);
}

void check(Device& device, const std::vector<const Case*>& cases, const Options& options,
           Report& report) {
  report.rounds.push_back(plainAdam(device));
  note(report.rounds.back());
  if (cases.empty()) {
    return;
  }
  report.rounds.push_back(inOrder(device, cases));
  note(report.rounds.back());
  uint64_t loadGroups = std::min<uint64_t>(1 << 24, options.largest);
  for (int seed = 1; seed <= options.rounds; seed++) {
    report.rounds.push_back(mixed(device, cases, std::max<uint64_t>(1, loadGroups / 16), seed));
    note(report.rounds.back());
  }
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  if (!parse(count, arguments, &options)) {
    fputs(USAGE, stderr);
    return 2;
  }
  Report report;
  bool begun = false;
  try {
    double start = now();
    Vectors vectors(options.vectors);
    std::vector<const Case*> cases = checked(vectors, options);
    Driver driver(options.driver.c_str(), options.device);
    report.describe(driver);
    puts(report.machine.c_str());
    Device device(driver, vectors);
    begun = true;
    check(device, cases, options, report);
    if (options.times) {
      report.times = measure(device, vectors, options);
    }
    if (cases.empty() && report.times.all.empty()) {
      throw Failure("nothing was compared and nothing timed");
    }
    report.seconds = now() - start;
  } catch (const std::exception& e) {
    report.failure = e.what();
    fprintf(stderr, "%s\n", e.what());
  }
  if (!begun) {
    return 2;
  }
  puts(report.markdown().c_str());
  if (!options.report.empty()) {
    std::ofstream(options.report) << report.markdown();
  }
  return report.isGood() ? 0 : 1;
}
