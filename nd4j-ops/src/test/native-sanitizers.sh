#!/usr/bin/env bash
# The native kernel with the address, undefined-behaviour and thread sanitizers: rules, word types,
# bits, instruction sets and numbers of threads. Plain threads in place of OpenMP, which the thread
# sanitizer does not understand.
# Usage: native-sanitizers.sh [folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$(mktemp -d)}
mkdir -p "$out"

# What this CPU cannot run is not compiled with sanitizers, which takes minutes.
limits=()
grep -qw avx512f /proc/cpuinfo || limits=(-DLB_UP_TO_AVX2)

compile() {
  g++ -std=c++17 -ffp-contract=off -Wall -Wextra -Wno-psabi -I"$here/../main/cpp" -I"$here/cpp" -pthread "$@"
}

check() {  # name, options
  compile -g1 "${limits[@]}" "${@:2}" "$here/cpp/native_check.cpp" -o "$out/$1"
  "$out/$1"
}

compile -Werror -fsyntax-only -include lowbit4j/binding.h "$here/cpp/native_check.cpp"

compile -O1 "$here/cpp/threads_check.cpp" -o "$out/threads"
"$out/threads"

check native-memory -O1 -fsanitize=address,undefined -fno-sanitize-recover=all &
memory=$!
check native-races -O1 -fsanitize=thread
wait $memory
