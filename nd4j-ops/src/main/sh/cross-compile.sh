#!/usr/bin/env bash
# Compiles the native libraries of other platforms, one after another, for those that this machine has compilers for, and
# says in a line for each what was built, or why not. What is up to date is not compiled again.
# Usage: cross-compile.sh SOURCES CLASSES CACHE [PLATFORM...]
#   SOURCES  folder of the C++ that JavaCPP generated
#   CLASSES  receives org/lowbit4j/.../PLATFORM/LIBRARY
#   CACHE    keeps libraries between builds, in the same folders
# The platforms are all, unless some are named; this machine's own is the Maven build's matter. The environment has:
#   JAVA_HOME  for jni.h; without it that of the java on the PATH
#   ZIG        the zig compiler, which brings clang and Apple's stub libraries, for macOS; without it the one on the PATH
#   OPTIMIZE   in place of -O3
#   OWN        true compiles this machine's own library, too: JavaCPP's compilation gives other bytes from run to run
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
generated=$1
classes=$2
cache=$3
shift 3
headers="$here/../cpp"
home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
zig=${ZIG:-zig}
# Any platform's: what it defines, JavaCPP defines before it is included.
machine=$(dirname "$(find -L "$home/include" -name jni_md.h | head -1)")

all=(linux-x86_64 linux-arm64 windows-x86_64 macosx-x86_64 macosx-arm64)
own="$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m | sed 's/aarch64/arm64/')"
[[ $# -eq 0 ]] && set -- "${all[@]}"
[[ ${OWN:-false} == true && " $* " != *" $own "* ]] && set -- "$own" "$@"

# The same sources give the same bytes.
sources="$cache/sources"
mkdir -p "$sources"
for file in "$generated"/*.cpp; do
  LC_ALL=C awk -f "$here/canonical.awk" "$file" > "$sources/${file##*/}"
done

# Bits: no fused multiply-add but where it is written. No paths and no times: the same sources give the same bytes.
common=("${OPTIMIZE:--O3}" -std=c++17 -ffp-contract=off -Wall -Wextra -Wno-unused-parameter -Wno-psabi -s -shared
  "-ffile-prefix-map=$sources=." "-ffile-prefix-map=$headers=.")
gcc=(-fopenmp -fschedule-insns -fsched-pressure)
clang=(-undefined dynamic_lookup)
# glibc.h for JavaCPP's own file, too, which has none of our headers.
linux=(-include lowbit4j/glibc.h -fPIC -pthread -fstack-clash-protection -Wl,-z,noexecstack -Wl,-Bsymbolic -Wl,--build-id=none)

# The compiler of a platform and its options, in the array command; its libraries' names and classes.
choose() {
  prefix=lib
  suffix=.so
  bindings=(kernel/NativeOps)
  last=()
  case $1 in
    linux-x86_64) command=("$([[ $own == "$1" ]] && echo g++ || echo x86_64-linux-gnu-g++)" -march=x86-64 -m64 "${gcc[@]}" "${linux[@]}") ;;
    linux-arm64) command=("$([[ $own == "$1" ]] && echo g++ || echo aarch64-linux-gnu-g++)" "${gcc[@]}" "${linux[@]}") ;;
    windows-x86_64)
      # GCC aligns the stack to 16 bytes there and spills vectors as if they were aligned: its fault 54412. The address that
      # a library asks for would come from the path it is written to.
      command=(x86_64-w64-mingw32-g++-posix -march=x86-64 -m64 "${gcc[@]}" -static -Wa,-muse-unaligned-vector-move
        -Wno-uninitialized -Wno-maybe-uninitialized -D_JNI_IMPLEMENTATION_ -Wl,--kill-at -Wl,--no-insert-timestamp
        -Wl,--disable-auto-image-base)
      last=(-lpsapi)
      prefix=
      suffix=.dll
      ;;
    macosx-x86_64) command=("$zig" c++ -target x86_64-macos.11.0-none "${clang[@]}") ;;
    macosx-arm64) command=("$zig" c++ -target aarch64-macos.11.0-none "${clang[@]}") ;;
    *)
      echo "cross-compile.sh: $1 is none of ${all[*]}" >&2
      exit 2
      ;;
  esac
  case $1 in
    linux-*)
      # The calls to Linux behind PagedState.
      bindings+=(paging/NativePages)
      ;;
    macosx-*)
      suffix=.dylib
      # Warnings about what JavaCPP generates, and about & of conditions, which avoids branches. The library's name in itself
      # would else be a path of this machine.
      last=(-Wno-undef-prefix -Wno-deprecated-declarations -Wno-bitwise-instead-of-logical
        "-Wl,-install_name,@rpath/${prefix}jni${bindings[0]#*/}$suffix")
      ;;
  esac
}

# Everything that a library depends on, in a line.
fingerprint() {  # generated file
  {
    echo "${command[*]} ${common[*]##*=}"
    "${command[@]:0:1}" $([[ ${command[0]} == "$zig" ]] && echo version || echo --version) | head -1
    find "$headers" "$here/.." -type f \( -name '*.h' -o -name '*.sh' \) -print0 | sort -z | xargs -0 cat
    cat "$1" "$sources/jnijavacpp.cpp"
  } | sha256sum | cut -d' ' -f1
}

for platform in "$@"; do
  choose "$platform"
  if [[ $platform == "$own" && ${OWN:-false} != true ]]; then
    if [[ -f $classes/org/lowbit4j/${bindings[0]%/*}/$platform/${prefix}jni${bindings[0]#*/}$suffix ]]; then
      echo "platform $platform: this machine's own, built with the classes"
    else
      echo "platform $platform: LEFT OUT, this machine's own was not built with the classes: no g++, or native.skip"
    fi
    continue
  fi
  if ! command -v "${command[0]}" > /dev/null; then
    echo "platform $platform: LEFT OUT, there is no ${command[0]}"
    continue
  fi
  for binding in "${bindings[@]}"; do
    name=jni${binding#*/}
    library="org/lowbit4j/${binding%/*}/$platform/$prefix$name$suffix"
    kept="$cache/$library"
    sum=$(fingerprint "$sources/$name.cpp")
    how="up to date"
    if [[ ! -f $kept || $(cat "$kept.sum" 2> /dev/null) != "$sum" ]]; then
      mkdir -p "$(dirname "$kept")"
      # A build that is broken off must not pass for the one before it.
      rm -f "$kept.sum"
      began=$SECONDS
      "${command[@]}" "${common[@]}" -I"$headers" -I"$home/include" -I"$machine" \
        "$sources/$name.cpp" "$sources/jnijavacpp.cpp" "${last[@]}" -o "$kept"
      # What linkers leave beside a library is for other linkers.
      find "$(dirname "$kept")" \( -name '*.lib' -o -name '*.pdb' \) -delete
      echo "$sum" > "$kept.sum"
      how="built in $((SECONDS - began)) s"
    fi
    mkdir -p "$classes/${library%/*}"
    cp -p "$kept" "$classes/$library"
    echo "platform $platform: ${library##*/} $how, $(stat -c %s "$kept") bytes"
  done
done
