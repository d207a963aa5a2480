#!/usr/bin/env bash
# The native kernel on platforms that this machine is not, as far as it has compilers and emulators for them: every
# instruction set must give the bits of the generic one, native_check.cpp, and those recorded from the Java kernel,
# vectors_check.cpp. Says what it leaves out.
# Usage: platforms.sh [folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$(mktemp -d)}
mkdir -p "$out"
vectors=$here/../../../src/test/resources/vectors/steps.txt

# What this CPU cannot run is not compiled; all of it is by native-sanitizers.sh.
limits=()
grep -qw avx512f /proc/cpuinfo || limits=(-DLB_UP_TO_AVX2)

has() {
  for program in "$@"; do
    if ! command -v "$program" > /dev/null; then
      echo "NOT CHECKED: $platform, as there is no $program." >&2
      return 1
    fi
  done
}

check() {  # how to run it: a command; then the compiler and its options
  local run=$1
  for program in native_check vectors_check; do
    "${@:2}" -O1 -std=c++17 -ffp-contract=off -Wall -Wextra -Wno-psabi "${limits[@]}" \
      -I"$here/../main/cpp" -I"$here/cpp" "$here/cpp/$program.cpp" -o "$out/$program-$platform.exe"
  done
  say native_check "$run" --brief
  say vectors_check "$run" "$vectors"
}

# Ends with status 1 if the program does; within echo's words its status would be lost.
say() {  # program, how to run it, argument
  local said
  if ! said=$($2 "$out/$1-$platform.exe" "$3"); then
    echo "FAILED: $platform, $1: $said" >&2
    exit 1
  fi
  echo "$platform, $1: $said"
}

platform=linux-here
if has g++; then
  check env g++ -fopenmp
fi

platform=linux-arm64
if has aarch64-linux-gnu-g++ qemu-aarch64-static; then
  check "qemu-aarch64-static -cpu cortex-a72 -L /usr/aarch64-linux-gnu" aarch64-linux-gnu-g++ -fopenmp
fi

# GCC aligns stacks to 16 bytes on Windows, and yet spills vectors as if to 32 or 64: the option makes moves that do not mind.
platform=windows-x86_64
if has x86_64-w64-mingw32-g++-posix wine; then
  WINEDEBUG=-all check wine x86_64-w64-mingw32-g++-posix -fopenmp -static -Wa,-muse-unaligned-vector-move
fi

platform=linux-clang
if has clang++; then
  check env clang++ -pthread -Wno-bitwise-instead-of-logical
fi

# macOS: compiled and not run; by the compiler that cross-compile.sh takes.
zig=${ZIG:-zig}
for target in x86_64-macos aarch64-macos; do
  platform=$target
  if has "$zig"; then
    "$zig" c++ -target "$target" -O1 -std=c++17 -ffp-contract=off -Wno-bitwise-instead-of-logical "${limits[@]}" \
      -I"$here/../main/cpp" -I"$here/cpp" "$here/cpp/native_check.cpp" -o "$out/native_check-$platform"
    echo "$platform: compiled, not run"
  fi
done
