#!/usr/bin/env bash
# Copies the C++ sources, and puts one fault into the copy, which tests and sanitizers must find.
# Usage: faulty-copy.sh fault folder [stage or side of reduce.h]
set -euo pipefail
fault=$1
copy=$2
rm -rf "$copy"
mkdir -p "$(dirname "$copy")"
cp -r "$(dirname "$0")/../main/cpp" "$copy"

# Text that stands in a file exactly once.
replace() {  # file, text, what comes in its place
  local file=$copy/lowbit4j/cuda/$1 text
  text=$(cat "$file"; echo .)
  local rest=${text#*"$2"}
  if [[ $rest == "$text" || $rest == *"$2"* ]]; then
    echo "The fault $fault does not fit: $1 must have, once: $2" >&2
    exit 1
  fi
  text=${text/"$2"/"$3"}
  printf '%s' "${text%.}" > "$file"
}

case $fault in
  no-barrier)
    replace reduce.h "barrier(Stage) { __syncthreads(); }" \
      "barrier(Stage stage) { if (stage != $3) __syncthreads(); }"
    ;;
  no-fence)
    replace reduce.h "fence(Side) { __threadfence(); }" "fence(Side side) { if (side != $3) __threadfence(); }"
    ;;
  first-block)  # does what is the last one's
    replace reduce.h "return shared != 0;" "return blockIdx.x == 0;"
    ;;
  no-alignment)
    replace access.h "return ((uint64_t)at & (uint64_t)(bytes - 1)) == 0;" "return true;"
    ;;
  no-tail)
    replace update.h "count_ = mine < 0 ? 0 : mine > GROUP ? GROUP : mine;" "count_ = GROUP;"
    replace quantize.cu "return n - at < GROUP ? n - at : GROUP;" "return GROUP;"
    ;;
  *)
    echo "There is no fault $fault." >&2
    exit 1
    ;;
esac
