#!/usr/bin/env bash
# The native kernel under the sanitizers. Takes some minutes.
set -euo pipefail
cd "$(dirname "$0")"
out=../../../target/sanitize
mkdir -p "$out"
compile() {
  g++ -std=c++17 -ffp-contract=off -Wno-psabi -I../main/cpp cpp/selfcheck.cpp -pthread "$@"
}
compile -O1 -g -w -fsanitize=address,undefined -fno-sanitize-recover=all -o "$out/address"
"$out/address"
compile -O1 -g -w -fsanitize=thread -o "$out/thread"
"$out/thread"
