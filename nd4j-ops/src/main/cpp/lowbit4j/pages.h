// Memory behind which stands a file without a name: what org.lowbit4j.paging asks of Linux. Addresses come as whole
// numbers; answers below zero are error numbers, negated.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

namespace lowbit4j {

// The file has no name from the start, or loses it at once: whatever ends the process, nothing is left in the folder.
inline int openScratch(const std::string& folder) {
#ifdef O_TMPFILE
  int file = open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) {
    return file;
  }
#endif
  std::string name = folder + "/lowbit4j-XXXXXX";
  int named = mkstemp(&name[0]);
  if (named >= 0) {
    unlink(name.c_str());
    fcntl(named, F_SETFD, FD_CLOEXEC);
  }
  return named;
}

// Maps a new file of zeros; its blocks are reserved, so that a full disk shows now and not when a page is written.
inline int64_t mapScratch(const char* folder, int64_t bytes, bool smallPages) {
  int file = openScratch(folder);
  if (file < 0) {
    return -errno;
  }
  int error = posix_fallocate(file, 0, bytes);
  void* address = MAP_FAILED;
  if (error == 0) {
    address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    error = address == MAP_FAILED ? errno : 0;
  }
  if (error == 0 && smallPages) {
    // Without it, Linux caches files in pages of up to 2 MiB, which are mapped as a whole: several times faster, and more
    // is resident than was asked for.
    madvise(address, bytes, MADV_RANDOM);
  }
  // The mapping keeps the file.
  close(file);
  return error == 0 ? (int64_t)address : -error;
}

inline int64_t unmap(int64_t address, int64_t bytes) { return -munmap((void*)address, bytes); }

inline int64_t advise(int64_t address, int64_t bytes, int advice) {
  return madvise((void*)address, bytes, advice) == 0 ? 0 : -errno;
}

inline int pageSize() { return (int)sysconf(_SC_PAGESIZE); }

// Starts reading from the disk what is not in the page cache; address and bytes are of whole pages.
inline int64_t willNeed(int64_t address, int64_t bytes) {
  constexpr int PAGES = 4096;
  unsigned char present[PAGES];
  int64_t step = (int64_t)PAGES * pageSize();
  for (int64_t at = 0; at < bytes; at += step) {
    int64_t length = bytes - at < step ? bytes - at : step;
    if (mincore((void*)(address + at), length, present) != 0) {
      return -errno;
    }
    // The advice goes through all pages, and makes small ones, which take longer to map: not where nothing is missing.
    for (int64_t i = 0; i < (length + pageSize() - 1) / pageSize(); i++) {
      if ((present[i] & 1) == 0) {
        int64_t result = advise(address + at, length, MADV_WILLNEED);
        if (result < 0) {
          return result;
        }
        break;
      }
    }
  }
  return 0;
}

// Maps pages to be written, all in one go, which is many times faster than one by one when they are touched; and a disk
// that fails is an error here, not the end of the process. Kernels before 5.14 do not know the advice, and nothing is done.
inline int64_t willWrite(int64_t address, int64_t bytes) {
#ifdef MADV_POPULATE_WRITE
  constexpr int POPULATE_WRITE = MADV_POPULATE_WRITE;
#else
  constexpr int POPULATE_WRITE = 23;
#endif
  int64_t result = advise(address, bytes, POPULATE_WRITE);
  return result == -EINVAL ? 0 : result;
}

// Unmaps pages; what was written is the file's, and comes back when it is touched.
inline int64_t release(int64_t address, int64_t bytes) {
  return advise(address, bytes, MADV_DONTNEED);
}

// Gives memory and disk back; the addresses stay valid and read as zeros.
inline int64_t empty(int64_t address, int64_t bytes) {
  return advise(address, bytes, MADV_REMOVE);
}

// Changes with what Java calls: NativePages has the same number, and NativeAbiTest says which.
inline int pagesAbi() { return (int)0x7abce71a; }

inline const char* message(int error) { return strerror(error); }

}  // namespace lowbit4j
