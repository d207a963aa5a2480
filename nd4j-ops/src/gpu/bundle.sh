#!/usr/bin/env bash
# Makes a folder that proves and times the CUDA kernels on another machine: Linux on x86-64 with a GPU
# and its driver, nothing else. There: FOLDER/bundle/run [options of gpu_report].
# Usage: bundle.sh folder [classes test-classes], with the file `vectors` that
# org.lowbit4j.cuda.GpuVectors wrote to the folder; with the classes that Maven compiled the library's
# own way to the driver comes along, and a Java run time.
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

addJava() {  # classes, test classes
  local java=$bundle/java
  mkdir -p "$java/jars" "$java/classes/org/lowbit4j/cuda"
  jlink --add-modules java.base,java.logging,jdk.unsupported --strip-debug --no-header-files \
    --no-man-pages --compress=2 --output "$java/runtime"
  # Of the library what a step needs; ND4J's own interfaces, but no backend, which is too large.
  local part
  for part in check codec cuda kernel memory rule state; do
    cp -r "$1/org/lowbit4j/$part" "$java/classes/org/lowbit4j"
  done
  rm -rf "$java/classes/org/lowbit4j/kernel"/*-*
  cp "$2/org/lowbit4j/cuda"/{BareArrays,GpuJavaPath}*.class "$java/classes/org/lowbit4j/cuda"
  mvn -q -B -f "$here/../../../pom.xml" dependency:build-classpath -DincludeScope=test \
    -Dmdep.outputFile="$folder/class-path"
  tr ':' '\n' <"$folder/class-path" |
    grep -E '/(nd4j-api|nd4j-common|flatbuffers-java|slf4j-api|slf4j-simple|javacpp|cuda)-[0-9.a-zM-]*(-linux-x86_64)?\.jar$' |
    xargs -I{} cp {} "$java/jars"
  cp "$here/../../../src/test/resources/simplelogger.properties" "$java/classes"
  # Of the binding only what knows the driver, and in the place of CUDA's run time, which it is linked
  # to and a driver does not have, an empty library.
  (cd "$java/classes" && jar xf "$java"/jars/cuda-*-linux-x86_64.jar org/bytedeco/cuda/linux-x86_64/libjnicudart.so)
  rm "$java"/jars/cuda-*-linux-x86_64.jar
  g++ -shared -fPIC -x c++ /dev/null -Wl,-soname,libcudart.so.11.0 \
    -Wl,--version-script="$here/../test/cpp/fake_runtime.map" -o "$java/libcudart.so.11.0"
}

if [[ $# -gt 1 ]]; then
  addJava "$2" "$3"
fi
du -sh "$bundle"
tar -C "$folder" -cJf "$folder/bundle.tar.xz" bundle
ls -l "$folder/bundle.tar.xz"
