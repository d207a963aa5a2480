#!/usr/bin/env bash
# The native libraries load with glibc 2.17 (CentOS 7, Debian 8, Ubuntu 14.04) and later: none asks for a newer
# version. Prints the newest that each asks for, of libstdc++ as well, which is that of GCC 7 (GLIBCXX_3.4.24,
# CXXABI_1.3.11) at most.
# Usage: glibc-floor.sh library.so...
set -euo pipefail
floors=(GLIBC_2.17 GLIBCXX_3.4.24 CXXABI_1.3.11)
if (($# == 0)); then
  echo "Usage: glibc-floor.sh library.so..." >&2
  exit 2
fi
if ! command -v objdump > /dev/null; then
  echo "NOT CHECKED: there is no objdump; versions that libraries ask for are not looked at." >&2
  exit 0
fi

failed=0
for library in "$@"; do
  # The table of versions needed, of any machine's library.
  headers=$(objdump -p "$library")
  versions=$(sed -n '/^Version References/,$p' <<< "$headers" | grep -oE '[A-Z]+_[0-9.]+$' | sort -u || true)
  for floor in "${floors[@]}"; do
    newest=$(grep "^${floor%%_*}_" <<< "$versions" | sort -V | tail -1 || true)
    echo "$library: ${newest:-no ${floor%%_*}}"
    if [[ $(printf '%s\n' "$floor" "$newest" | sort -V | tail -1) != "$floor" ]]; then
      echo "FAILED: $floor is the newest that libraries may ask for; see lowbit4j/glibc.h. It asks for:" >&2
      objdump -T "$library" | grep -F "$newest" >&2 || true
      failed=1
    fi
  done
done
exit $failed
