#!/usr/bin/env bash
# The program that proves the CUDA kernels on a GPU, proven without one: it passes on the tests'
# driver, which executes the modules' PTX, and fails wherever something is not as it should be.
# Usage: gpu-report.sh folder, with what org.lowbit4j.cuda.GpuVectors wrote there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$1" && pwd)
program=$folder/gpu_report
"$here/../gpu/build.sh" "$program"
rm -rf "$folder/checks"

# A folder for a driver of its own, so that checks can run side by side.
driver() {  # name
  local copy=$folder/checks/$1
  mkdir -p "$copy"
  ln -s "$folder"/emulation/ptx-*.so "$copy"
  # It finds its folder by its own path.
  cp "$folder/emulation/libcuda.so.1" "$copy"
  echo "ptx 1" >"$copy/control"
}

report() {  # name, options
  local copy=$folder/checks/$1
  LD_LIBRARY_PATH=$copy "$program" "${vectors:-$folder/vectors}" --rounds 0 --no-times "${@:2}" >"$copy/log" 2>&1
}

verdict() {  # name, whether, what
  local mark="as it must be"
  [[ $2 == yes ]] || mark="WRONG, see $folder/checks/$1/log"
  echo "$mark: $3" >>"$folder/checks/$1/verdict"
}

passes() {  # name, options
  driver "$1"
  local good=yes
  report "$@" || good=no
  verdict "$1" $good "passes: ${*:2}"
}

# Ends with this status and these words.
fails() {  # name, what, status, words, options
  local status=0
  report "$1" "${@:5}" || status=$?
  local good=no
  [[ $status == "$3" ]] && grep -Eq "$4" "$folder/checks/$1/log" && good=yes
  verdict "$1" $good "fails: $2"
}

# With a device that is at fault.
failsWith() {  # name, words, fault, options
  echo "$3" >"$folder/checks/$1/fault"
  fails "$1" "$3" 1 "$2" "${@:4}"
}

# A bit of what is compared, whichever it is: in some steps of update, state and answers.
outputs() {
  driver outputs
  for copy in 2 3 4 11 12 13 32 47 60 61; do
    failsWith outputs "step .*(gradient|state|answers): byte" "output $copy" --only lion-8-HALF-DYNAMIC-357-
  done
  for copy in 2 3 4 5 6; do
    failsWith outputs "step .*: byte" "output $copy" --only quantize-DOUBLE-POWER-signed-of-61-
  done
  # Of a hash, of what lies around memory, and of plain Adam.
  failsWith outputs "other bits" "output 2" --only sgd-8-FLOAT-POWER-clipped-4500
  failsWith outputs "something was written before or behind" "output 7" --only quantize-DOUBLE-POWER-signed-of-61-
  failsWith outputs "plain Adam has other bits" "output 1" --only lion-8-HALF-DYNAMIC-357-
}

# A bit of each number that a kernel is told. Left out is what has no effect on right bits: whether the
# host has verified the state, the checksum's place in the header, padding, what this optimizer has not,
# the order of a norm's additions unless rounding shows it.
arguments() {  # name, kernel, case, bit and bytes, as often as needed
  driver "$1"
  local bits byte
  for bits in "${@:4}"; do
    for byte in ${bits#*:}; do
      failsWith "$1" "step|cuLaunchKernel" "argument $2 $byte ${bits%%:*}" --only "$3"
    done
  done
}
updateArguments() {
  arguments update8-arguments update8 ademamix-8-FLOAT-POWER-357- \
    "2: $(seq 0 8 104 | tr '\n' ' ') 136 148 152 156 $(seq 160 4 192 | tr '\n' ' ') 224 232 236" \
    "0: 112 116 120 124 128" "1: 140 144" "2: 240 244 248 256 264 276 288 316 320 324 328 332"
}
updateArguments32() {
  arguments update32-arguments update32 amsgrad-32-DOUBLE-POWER-512- \
    "3: 0 8 16 24 32" "2: 64 72 80 136 224 236 240 428" "0: 140 144"
}
clipArguments() {
  arguments clip-arguments clipGradient sgd-8-FLOAT-POWER-clipped-4500 \
    "2: 0 8 16 24 32 40 60 64 72 80" "1: 48 52" "6: 68"
}
quantizeArguments() {
  arguments quantize-arguments quantizeBlockwise quantize-FLOAT-DYNAMIC-signed-of-61- \
    "2: 0 8 16 24 32 40 48 60" "1: 56" "0: 64"
  arguments dequantize-arguments dequantizeBlockwise quantize-HALF-POWER-signed-of-256- \
    "2: 0 8 16 24 32 44" "1: 40"
}

sizes() {
  driver sizes
  failsWith sizes "step" "threads update8 -32" --only nadam-8-FLOAT-POWER-clipped-4500
  failsWith sizes "cuLaunchKernel" "threads update8 8" --only adam-8-FLOAT-POWER-357-
  failsWith sizes "step" "threads clipGradient -160" --only nadam-8-FLOAT-POWER-clipped-4500
  failsWith sizes "step" "grid clipGradient -1" --only adam-8-FLOAT-POWER-clipped-163917
}

# A kernel that ends the device's work for good, after which no call succeeds: it is said, and the report written.
lost() {
  driver lost
  failsWith lost "It ended early: .*ILLEGAL_ADDRESS" "lost update8" --only adam-8-FLOAT-POWER-357-
}

# One optimizer's kernels in the place of another's.
otherModules() {
  driver others
  local rule other
  for rule in $(cd "$folder/emulation" && ls ptx-*.so | sed 's/ptx-//; s/\.so//'); do
    case $rule in clip | quantize | plain-adam | *-changed) continue ;; esac
    other=sgd
    [[ $rule != sgd ]] || other=lion
    echo "ptx 1 $other" >"$folder/checks/others/control"
    fails others "kernels of $other in the place of $rule's" 1 "step 0" --only "$rule-8-FLOAT-POWER-357-"
  done
}

# Some instructions of a module are others.
changedModules() {
  driver changed
  local module
  for module in clip quantize sgd; do
    ln -sf "$folder/emulation/ptx-$module-changed.so" "$folder/checks/changed/ptx-$module.so"
  done
  fails changed "other instructions in clip" 1 "step" --only adam-8-FLOAT-POWER-clipped-4500
  fails changed "other instructions in quantize" 1 "step" --only quantize-FLOAT-POWER-signed-of-256-
  fails changed "other instructions in sgd" 1 "step" --only sgd-8-FLOAT-POWER-357-
}

# Timed launches that met state of others did nothing, and are no times.
timed() {
  driver timed
  echo "argument update8 236 2" >"$folder/checks/timed/fault"
  local status=0
  LD_LIBRARY_PATH=$folder/checks/timed "$program" "$folder/vectors" --only adam-8-FLOAT-POWER-of-256 \
    --largest 10000 >"$folder/checks/timed/log" 2>&1 || status=$?
  local good=no
  [[ $status == 1 ]] && grep -q "WRONG: adam-8-FLOAT-POWER-of-256" "$folder/checks/timed/log" && good=yes
  verdict timed $good "fails: a timed launch that did not do its work"
}

files() {
  driver files
  head -c 100000 "$folder/vectors" >"$folder/checks/files/short"
  { head -c 5000000 "$folder/vectors"; printf X; tail -c +5000002 "$folder/vectors"; } >"$folder/checks/files/other"
  vectors=$folder/checks/files/short fails files "a file cut short" 2 "ends too early|damaged"
  vectors=$folder/checks/files/other fails files "a byte of the file" 2 "its sum is another"
  vectors=$folder/checks/files/none fails files "no file" 2 "cannot be read"
  fails files "no driver" 2 "no driver" --driver "$folder/none.so"
  fails files "no such case" 2 "no case" --only no-such-case
  # Its options say that nothing is timed.
  fails files "a case that is only timed" 2 "no case" --only adam-8-FLOAT-POWER-of-256
  fails files "no such device" 2 "cuDeviceGet" --device 1
}

checks=(
  "passes all --largest 9999"
  "passes mixed --only FLOAT-POWER-357- --rounds 2"
  "passes clip --only adam-8-FLOAT-POWER-clipped-163917 --rounds 1"
  "passes large --only 200003"
  outputs updateArguments updateArguments32 clipArguments quantizeArguments sizes lost otherModules
  changedModules timed files
)

# As many at a time as there are cores.
running=0
for check in "${checks[@]}"; do
  if ((running == $(nproc))); then
    wait -n
    running=$((running - 1))
  fi
  $check &
  running=$((running + 1))
done
while ((running > 0)); do
  wait -n
  running=$((running - 1))
done

sed -n '/^|/p' "$folder/checks/all/log"
grep -h "passes" "$folder"/checks/*/verdict
echo "fails as it must: $(cat "$folder"/checks/*/verdict | grep -c 'as it must be: fails' || true) times"
if grep -h WRONG "$folder"/checks/*/verdict; then
  exit 1
fi
