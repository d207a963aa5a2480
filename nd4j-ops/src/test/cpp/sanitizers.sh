#!/usr/bin/env bash
# CUDA kernels under the emulation with sanitizers, and what the checks must find: a removed
# barrier or fence, a header written too early, a removed alignment check, a read behind the end.
# Usage: sanitizers.sh [folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$(mktemp -d)}
mkdir -p "$out"
failures=0

# The scheduler switches stacks, so sanitizers must not look into it.
g++ -std=c++17 -O1 -g -w -I"$here" -c "$here/cuda_emulation.cpp" -o "$out/scheduler.o"
g++ -std=c++17 -O1 -g -w -I"$here" -c -DEMULATION_TSAN "$here/cuda_emulation.cpp" -o "$out/scheduler-thread.o"

build() {  # name, rule, sanitizer, further options
  local name=$1 rule=$2 sanitizer=$3
  shift 3
  local scheduler=scheduler.o
  [[ $sanitizer == thread ]] && scheduler=scheduler-thread.o
  g++ -std=c++17 -O1 -g -w -ffp-contract=off -fno-strict-aliasing -I"$here" -I"$here/../../main/cpp" \
    ${sanitizer:+-fsanitize=$sanitizer} -DLB_RULE="$rule" "$@" "$here/sanitizers.cpp" "$out/$scheduler" -o "$out/$name"
}

run() {  # name, elements, what, seeds
  ASAN_OPTIONS=detect_stack_use_after_return=0 UBSAN_OPTIONS=halt_on_error=1 TSAN_OPTIONS=halt_on_error=1:report_bugs=1 \
    "$out/$1" "$2" "${4:-1}" "${3:-all}" >"$out/$1.log" 2>&1
}

good() {  # name, elements
  if run "$@"; then
    echo "good, as it must be: $1"
  else
    echo "WRONG: $1 is not good, see $out/$1.log"
    failures=$((failures + 1))
  fi
}

bad() {  # what must be said, name, elements, what, seeds
  if ! run "${@:2}" && grep -q "$1" "$out/$2.log"; then
    echo "bad, as it must be: ${*:2}: $1"
  else
    echo "WRONG: $2 does not say: $1, see $out/$2.log"
    failures=$((failures + 1))
  fi
}

rules=$(grep -c '::ID: visit' "$here/../../main/cpp/lowbit4j/rules.h")
for rule in $(seq "$rules"); do
  build "memory-$rule" "$rule" address,undefined -fno-sanitize-recover=all -O0
  good "memory-$rule" 3001
  build "thread-$rule" "$rule" thread
  good "thread-$rule" 1001
done

# Numbers of Stage in reduce.h. Whoever counts too early leaves sums out, which are no races, and only
# some schedules show.
for stage in 1 2 3 4 6 7; do
  build "no-barrier-$stage" 1 thread -DLB_FAULT_BARRIER=$stage
  bad "data race" "no-barrier-$stage" 1001 update
done
for stage in 2 3; do
  bad "data race" "no-barrier-$stage" 1001 quantize
done
build no-barrier-5 1 "" -DLB_FAULT_BARRIER=5
bad "other bits" no-barrier-5 1001 update 500
# Between thread blocks: a fence before the count, one behind it; a header written by the first block,
# which in some schedules is the last.
for side in 1 2; do
  build "no-fence-$side" 1 thread -DLB_FAULT_FENCE=$side
  for what in clip update; do
    bad "data race" "no-fence-$side" 1001 $what 20
  done
done
build not-the-last 1 thread -DLB_FAULT_LAST
for what in clip update; do
  bad "data race" not-the-last 1001 $what 20
done
build no-alignment 1 undefined -fno-sanitize-recover=all -DLB_FAULT_ALIGNMENT
for what in update quantize; do
  bad "misaligned address" no-alignment 3001 $what
done
build no-tail 1 address -DLB_FAULT_TAIL
for what in update quantize; do
  bad "heap-buffer-overflow" no-tail 3001 $what
done

exit $((failures > 0))
