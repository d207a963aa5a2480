#!/bin/sh
# Proves and times the CUDA kernels on this machine; writes a page `report.md` here.
here=$(cd "$(dirname "$0")" && pwd)
program=$here/gpu_report

# Without arguments it says how it is used: 2. Anything else: it does not start.
"$program" >/dev/null 2>&1
if [ $? -eq 2 ]; then
  exec "$program" "$here/vectors" --report report.md "$@"
fi
# The C library of this machine is an older one.
exec "$here/lib/ld-linux-x86-64.so.2" --library-path "$here/lib" "$program" "$here/vectors" --report report.md "$@"
