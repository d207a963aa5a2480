#!/usr/bin/env bash
# CUDA kernels under the emulation with sanitizers, and what the checks must find: a removed
# barrier, a removed alignment check, a read behind the end. Usage: sanitizers.sh [folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$(mktemp -d)}
mkdir -p "$out"
failures=0

# The scheduler switches stacks, so sanitizers must not look into it.
build() {  # name, rule, sanitizer, further options
  local name=$1 rule=$2 sanitizer=$3
  shift 3
  local scheduler=()
  [[ $sanitizer == thread ]] && scheduler=(-DEMULATION_TSAN)
  g++ -std=c++17 -O1 -g -w -I"$here" -c "${scheduler[@]}" "$here/cuda_emulation.cpp" -o "$out/$name.o"
  g++ -std=c++17 -O1 -g -w -ffp-contract=off -fno-strict-aliasing -I"$here" -I"$here/../../main/cpp" \
    ${sanitizer:+-fsanitize=$sanitizer} -DLB_RULE="$rule" "$@" "$here/sanitizers.cpp" "$out/$name.o" -o "$out/$name"
}

expect() {  # good or bad, name, elements
  local wanted=$1 name=$2 found=good
  ASAN_OPTIONS=detect_stack_use_after_return=0 UBSAN_OPTIONS=halt_on_error=1 TSAN_OPTIONS=halt_on_error=1:report_bugs=1 \
    "$out/$name" "$3" 1 >"$out/$name.log" 2>&1 || found=bad
  if [[ $found == "$wanted" ]]; then
    echo "as it must be: $name is $found"
  else
    echo "WRONG: $name is $found, see $out/$name.log"
    failures=$((failures + 1))
  fi
}

for rule in 1 2 9; do  # Adam; AMSGrad, three moments; AdaDelta, one moment after the other
  build "plain-$rule" $rule ""
  expect good "plain-$rule" 3001
  build "address-$rule" $rule address
  expect good "address-$rule" 3001
  build "undefined-$rule" $rule undefined -fno-sanitize-recover=all
  expect good "undefined-$rule" 3001
  build "thread-$rule" $rule thread
  expect good "thread-$rule" 1001
done

for stage in 1 2 3; do
  build "no-barrier-$stage" 1 thread -DLB_FAULT_BARRIER=$stage
  expect bad "no-barrier-$stage" 1001
done
build no-alignment 1 undefined -fno-sanitize-recover=all -DLB_FAULT_ALIGNMENT
expect bad no-alignment 3001
build no-tail 1 address -DLB_FAULT_TAIL
expect bad no-tail 3001

exit $((failures > 0))
