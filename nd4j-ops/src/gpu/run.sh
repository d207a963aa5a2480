#!/bin/sh
# Proves and times the CUDA kernels on this machine; writes a page `report.md` here.
here=$(cd "$(dirname "$0")" && pwd)

# Without arguments it says how it is used: 2. Anything else: the C library of this machine is an
# older one, and the one that came along serves.
set -- "$here/gpu_report" "$here/vectors" --report report.md "$@"
"$here/gpu_report" >/dev/null 2>&1
if [ $? -ne 2 ]; then
  set -- "$here/lib/ld-linux-x86-64.so.2" --library-path "$here/lib" "$@"
fi
"$@"
status=$?

# The library's own way to the driver, if it came along.
if [ -d "$here/java" ]; then
  "$here/java/runtime/bin/java" -XX:+UseSerialGC -Dlowbit4j.kernel=java \
    -Dorg.bytedeco.javacpp.cachedir="$here/java/cache" -cp "$here/java/classes:$here/java/jars/*" \
    org.lowbit4j.cuda.GpuJavaPath "$here/java/libcudart.so.11.0" >java.txt 2>&1
  java=$?
  cat java.txt
  [ $status -eq 0 ] && status=$java
fi
exit $status
