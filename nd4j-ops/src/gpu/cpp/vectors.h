// The file of launches and of what they lead to: see README.md beside this folder.
#pragma once

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace gpu {

// FNV-1a.
inline uint64_t hashOf(const uint8_t* bytes, size_t n) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < n; i++) {
    hash = (hash ^ bytes[i]) * 0x100000001b3u;
  }
  return hash;
}

struct Blob {
  const uint8_t* bytes;
  size_t size;
};

struct Memory {
  std::string name;
  size_t bytes;
  // Bytes behind an aligned address.
  size_t shift;
  bool onHost;
};

// What stands in an argument in place of 8 zero bytes.
struct Reference {
  size_t at;
  int memory;
  uint64_t offset;
};

enum Kind { ZERO, PUT, FILL, LAUNCH, EXPECT, HASH };

struct Action {
  Kind kind;
  int step;
  int memory;
  // Bytes to put, to expect, or the argument of a launch.
  Blob blob;
  // Of the memory's bytes.
  uint64_t hash;
  std::string module;
  std::string kernel;
  unsigned threads;
  unsigned perMultiprocessor;
  uint64_t blocks;
  std::vector<Reference> references;
};

struct Case {
  std::string name;
  bool timed;
  uint64_t elements;
  // Bytes that a launch reads and writes.
  uint64_t moves = 0;
  std::vector<Memory> memories;
  std::vector<Action> actions;
};

class Vectors {
 public:
  explicit Vectors(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) {
      throw std::runtime_error(path + " cannot be read");
    }
    data_.resize((size_t)file.tellg());
    file.seekg(0).read(data_.data(), (std::streamsize)data_.size());
    if (line() != "lowbit4j-vectors 1") {
      throw std::runtime_error(path + " is no file of vectors, version 1");
    }
    while (record(line())) {
    }
  }

  // As a driver is given it, by name.
  std::map<std::string, std::string> modules;
  std::vector<Case> cases;

 private:
  std::string data_;
  size_t at_ = 0;
  size_t lineAt_ = 0;
  int step_ = 0;
  std::map<int, Blob> blobs_;

  std::string line() {
    size_t end = data_.find('\n', at_);
    if (end == std::string::npos) {
      throw std::runtime_error("the file of vectors ends too early");
    }
    lineAt_ = at_;
    std::string text = data_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }

  const uint8_t* bytes() const { return (const uint8_t*)data_.data(); }

  // False behind the last.
  bool record(const std::string& text) {
    std::istringstream in(text);
    std::string what;
    in >> what;
    if (what == "end") {
      uint64_t sum;
      in >> std::hex >> sum;
      if (!in || sum != hashOf(bytes(), lineAt_) || at_ != data_.size()) {
        throw std::runtime_error("the file of vectors is damaged: its sum is another");
      }
      return false;
    }
    if (what == "blob") {
      int id = 0;
      size_t size = 0;
      in >> id >> size;
      if (!in || size > data_.size() - at_) {
        throw std::runtime_error("the file of vectors is damaged: a blob of " + text);
      }
      blobs_[id] = Blob{bytes() + at_, size};
      at_ += size + 1;
    } else if (what == "module") {
      std::string name;
      in >> name;
      Blob blob = readBlob(in);
      modules[name] = std::string((const char*)blob.bytes, blob.size);
    } else if (what == "case") {
      Case begun{};
      std::string kind;
      in >> begun.name >> kind >> begun.elements;
      begun.timed = kind == "time";
      cases.push_back(begun);
      step_ = 0;
    } else {
      ofCase(what, in);
    }
    if (!in) {
      throw std::runtime_error("not understood in the file of vectors: " + text);
    }
    return true;
  }

  void ofCase(const std::string& what, std::istringstream& in) {
    Case& to = cases.at(cases.size() - 1);
    Action action{};
    if (what == "moves") {
      in >> to.moves;
      return;
    }
    if (what == "step") {
      in >> step_;
      return;
    }
    if (what == "memory") {
      Memory memory;
      std::string where;
      in >> memory.name >> memory.bytes >> memory.shift >> where;
      memory.onHost = where == "host";
      to.memories.push_back(memory);
      return;
    }
    action.step = step_;
    if (what == "launch") {
      action.kind = LAUNCH;
      readLaunch(to, action, in);
    } else {
      static const std::map<std::string, Kind> KINDS = {
          {"zero", ZERO}, {"put", PUT}, {"fill", FILL}, {"expect", EXPECT}, {"hash", HASH}};
      action.kind = KINDS.at(what);
      std::string name;
      in >> name;
      action.memory = find(to, name);
      if (action.kind == HASH) {
        size_t size;
        in >> size >> std::hex >> action.hash;
        action.blob = Blob{nullptr, size};
      } else if (action.kind != ZERO) {
        action.blob = readBlob(in);
      }
    }
    to.actions.push_back(action);
  }

  void readLaunch(const Case& of, Action& action, std::istringstream& in) {
    in >> action.module >> action.kernel >> action.threads >> action.perMultiprocessor >>
        action.blocks;
    action.blob = readBlob(in);
    std::string text;
    while (in >> text) {
      Reference reference;
      char name[64];
      if (sscanf(text.c_str(), "%zu:%63[^:]:%" SCNu64, &reference.at, name, &reference.offset) != 3) {
        throw std::runtime_error("no address: " + text);
      }
      reference.memory = find(of, name);
      action.references.push_back(reference);
    }
    in.clear();
  }

  Blob readBlob(std::istringstream& in) {
    int id = -1;
    in >> id;
    return blobs_.at(id);
  }

  static int find(const Case& of, const std::string& name) {
    for (size_t i = 0; i < of.memories.size(); i++) {
      if (of.memories[i].name == name) {
        return (int)i;
      }
    }
    throw std::runtime_error("no memory " + name + " in " + of.name);
  }
};

}  // namespace gpu
