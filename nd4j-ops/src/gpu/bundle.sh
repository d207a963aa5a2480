#!/usr/bin/env bash
# Makes a folder that proves and times the CUDA kernels on another machine: Linux on x86-64 with a GPU
# and its driver, nothing else. There: FOLDER/bundle/run [options of gpu_report].
# Usage: bundle.sh folder, with the file `vectors` that org.lowbit4j.cuda.GpuVectors wrote there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$1" && pwd)
bundle=$folder/bundle
rm -rf "$bundle"
mkdir -p "$bundle/lib"
"$here/build.sh" "$bundle/gpu_report"
cp "$folder/vectors" "$bundle"
cp "$here/run.sh" "$bundle/run"

# For machines with an older C library than this one.
ldd "$bundle/gpu_report" | grep -o '/[^ ]*' | xargs -I{} cp -L {} "$bundle/lib"

du -sh "$bundle"
tar -C "$folder" -cJf "$folder/bundle.tar.xz" bundle
ls -l "$folder/bundle.tar.xz"
