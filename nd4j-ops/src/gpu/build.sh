#!/usr/bin/env bash
# Builds the program for this machine and others that have a GPU: Linux on x86-64. No CUDA is needed.
# Usage: build.sh program
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# What the other machine may lack is put in: all but the C library.
g++ -std=c++17 -O1 -ffp-contract=off -Wall -Wextra -Werror -static-libstdc++ -static-libgcc -s \
  "$here/cpp/gpu_report.cpp" -o "$1" -ldl
