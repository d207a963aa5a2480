#!/usr/bin/env bash
# What NVIDIA's compilers say, where there are: the source compiles, and the committed PTX gives
# machine code for every architecture within the ceilings. Needs no GPU and runs nothing.
# Usage: nvcc.sh [--all]; without it the source of some modules is compiled for two architectures.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source="$here/../main/cpp/lowbit4j/cuda"
ptx="$here/../../../src/main/resources/org/lowbit4j/cuda/generated"
registers=64
architectures=(75 80 86 89 90 100 120)
sourceArchitectures=(75 120)
rules=(1 9 15)
if [[ ${1:-} == --all ]]; then
  sourceArchitectures=("${architectures[@]}")
  allRules=1
fi

if ! command -v nvcc >/dev/null || ! command -v ptxas >/dev/null; then
  echo "NOT CHECKED: there is no nvcc; registers, spills and newer compilers are not looked at." >&2
  exit 0
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
if [[ -n ${allRules:-} ]]; then
  g++ -std=c++17 -I"$here/../main/cpp" "$here/cpp/rule_numbers.cpp" -o "$out/rule-numbers"
  mapfile -t rules < <("$out/rule-numbers")
fi

compile() {  # architecture, file, options
  nvcc -std=c++17 --fmad=false -arch="sm_$1" -cubin -o "$out/cubin" "$source/$2" "${@:3}"
}

for architecture in "${sourceArchitectures[@]}"; do
  compile "$architecture" clip.cu
  compile "$architecture" quantize.cu
  for rule in "${rules[@]}"; do
    compile "$architecture" update.cu -DLB_RULE="$rule"
  done
  echo "sm_$architecture: the source of $((2 + ${#rules[@]})) modules compiles"
done

printf '%-10s %6s %10s %8s %8s\n' machine modules registers spills shared
for architecture in "${architectures[@]}"; do
  for module in "$ptx"/*.ptx; do
    ptxas -v -arch="sm_$architecture" -o "$out/cubin" "$module" 2>&1 || exit 1
  done >"$out/log"
  most=$(grep -o 'Used [0-9]* registers' "$out/log" | awk '{if ($2 > m) m = $2} END {print m}')
  spills=$(grep -o '[0-9]* bytes spill' "$out/log" | awk '{s += $1} END {print s}')
  shared=$(grep -o '[0-9]* bytes smem' "$out/log" | awk '{if ($1 > m) m = $1} END {print m}')
  printf '%-10s %6d %10d %8d %8d\n' \
    "sm_$architecture" "$(ls "$ptx"/*.ptx | wc -l)" "$most" "$spills" "$shared"
  if ((most > registers || spills > 0)); then
    echo "over the ceiling of $registers registers and no spills" >&2
    exit 1
  fi
done
