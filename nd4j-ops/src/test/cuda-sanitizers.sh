#!/usr/bin/env bash
# CUDA kernels under the emulation, with the address, undefined-behaviour and thread sanitizers, and
# what these checks must find: a barrier or fence left out, a header written too early, a missing
# check of alignment, a read behind the end.
# Usage: cuda-sanitizers.sh [folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$(mktemp -d)}
mkdir -p "$out"
rm -f "$out"/*.verdict

options=(-std=c++17 -O1 -g -w -I"$here/cpp")

# The scheduler switches stacks, so sanitizers must not look into it.
g++ "${options[@]}" -c "$here/cpp/cuda_emulation.cpp" -o "$out/scheduler.o"
g++ "${options[@]}" -c -DEMULATION_TSAN "$here/cpp/cuda_emulation.cpp" -o "$out/scheduler-thread.o"

build() {  # name, sources, rule, sanitizer, further options
  local name=$1 sources=$2 rule=$3 sanitizer=$4
  shift 4
  local scheduler=scheduler.o
  [[ $sanitizer == thread ]] && scheduler=scheduler-thread.o
  g++ "${options[@]}" -ffp-contract=off -fno-strict-aliasing -I"$sources" \
    ${sanitizer:+-fsanitize=$sanitizer} -DLB_RULE="$rule" "$@" \
    "$here/cpp/cuda_check.cpp" "$out/$scheduler" -o "$out/$name"
}

buildGood() {  # name, rule, sanitizer, further options
  build "$1" "$here/../main/cpp" "${@:2}"
}

buildBad() {  # name, fault, stage or side or "", sanitizer, further options
  "$here/faulty-copy.sh" "$2" "$out/$1-source" "$3"
  build "$1" "$out/$1-source" 1 "${@:4}"
}

run() {  # name, elements, what, seeds
  ASAN_OPTIONS=detect_stack_use_after_return=0 UBSAN_OPTIONS=halt_on_error=1 \
    TSAN_OPTIONS=halt_on_error=1:report_bugs=1 \
    "$out/$1" "$2" "${4:-1}" "${3:-all}" >"$out/$1-${3:-all}.log" 2>&1
}

verdict() {  # name, what, text
  echo "$3" >"$out/$1-$2.verdict"
}

good() {  # name, elements
  if run "$@"; then
    verdict "$1" all "good, as it must be: $1"
  else
    verdict "$1" all "WRONG: $1 is not good, see $out/$1-all.log"
  fi
}

bad() {  # what must be said, name, elements, what, seeds
  if ! run "${@:2}" && grep -q "$1" "$out/$2-$4.log"; then
    verdict "$2" "$4" "bad, as it must be: ${*:2}: $1"
  else
    verdict "$2" "$4" "WRONG: $2 does not say: $1, see $out/$2-$4.log"
  fi
}

# The checks, each independent of all others.

memory() {  # rule
  buildGood "memory-$1" "$1" address,undefined -fno-sanitize-recover=all -O0
  good "memory-$1" 3001
}

races() {  # rule
  buildGood "thread-$1" "$1" thread
  good "thread-$1" 1001
}

# Whoever counts too early leaves sums out, which are no races, and only some schedules show.
barriers() {  # stage
  local name="no-barrier-$1"
  if [[ $1 == ARRIVED ]]; then
    buildBad "$name" no-barrier "$1" ""
    bad "other bits" "$name" 1001 update 500
    return
  fi
  buildBad "$name" no-barrier "$1" thread
  bad "data race" "$name" 1001 update
  if [[ $1 == LARGEST || $1 == ADDED_UP ]]; then
    bad "data race" "$name" 1001 quantize
  fi
}

# Between thread blocks: a fence before the count, one behind it.
fences() {  # side
  buildBad "no-fence-$1" no-fence "$1" thread
  for what in clip update; do
    bad "data race" "no-fence-$1" 1001 $what 20
  done
}

# A header written by the first block, which in some schedules is the last.
firstBlock() {
  buildBad first-block first-block "" thread
  for what in clip update; do
    bad "data race" first-block 1001 $what 20
  done
}

alignment() {
  buildBad no-alignment no-alignment "" undefined -fno-sanitize-recover=all
  for what in update quantize; do
    bad "misaligned address" no-alignment 3001 $what
  done
}

overrun() {
  buildBad no-tail no-tail "" address
  for what in update quantize; do
    bad "heap-buffer-overflow" no-tail 3001 $what
  done
}

g++ -std=c++17 -I"$here/../main/cpp" "$here/cpp/rule_numbers.cpp" -o "$out/rule-numbers"
mapfile -t rules < <("$out/rule-numbers")
checks=()
for rule in "${rules[@]}"; do
  checks+=("memory $rule" "races $rule")
done
for stage in LOADED LARGEST ADDED_UP JUDGED ARRIVED COUNTED CLOSED; do
  checks+=("barriers $stage")
done
checks+=("fences BEFORE" "fences BEHIND" firstBlock alignment overrun)

# As many at a time as there are cores.
running=0
failures=0
for check in "${checks[@]}"; do
  if ((running == $(nproc))); then
    wait -n || failures=$((failures + 1))
    running=$((running - 1))
  fi
  $check &
  running=$((running + 1))
done
while ((running > 0)); do
  wait -n || failures=$((failures + 1))
  running=$((running - 1))
done

cat "$out"/*.verdict
if ((failures > 0)) || grep -q WRONG "$out"/*.verdict; then
  echo "$failures checks did not build; wrong ones, see above: $(cat "$out"/*.verdict | grep -c WRONG || true)" >&2
  exit 1
fi
