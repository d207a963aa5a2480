#!/usr/bin/env bash
# The library for linux-arm64 under emulation: a JVM for arm64 with ND4J's own binary for it runs tests of the native
# kernel, and does steps of the main job's network with gradients recorded here; parameters and state must have the same
# bits. (ND4J's own matrix products differ between processors, so gradients are not compared.)
# Needs compiled classes and tests (mvn verify), qemu-user-static, g++-aarch64-linux-gnu and Debian's packages for arm64,
# which are unpacked into the folder and not installed. What is missing is said.
# Usage: arm64.sh [folder [selector...]]; selectors are JUnit's, such as --select-class=org.lowbit4j.NativeKernelTest
set -euo pipefail
top=$(cd "$(dirname "$0")/../../.." && pwd)
out=$(realpath -m "${1:-$top/target/arm64}")
shift || true
if [[ $# -eq 0 ]]; then
  # A part that takes a minute or two; each optimizer with each instruction set of the emulated processor.
  set -- --select-class=org.lowbit4j.kernel.{KernelsTest,NativeAxpyTest,NativeNormTest}
  for test in everyRuleIsNative everySize dynamicCodes; do
    set -- "$@" "--select-method=org.lowbit4j.NativeKernelTest#$test(org.lowbit4j.Optimizers)"
  done
fi
junit=1.13.4
dependencies=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
mkdir -p "$out"
cd "$top"

missing() {
  echo "NOT CHECKED: $1; the library for linux-arm64 was not run." >&2
  exit 0
}

for program in qemu-aarch64-static aarch64-linux-gnu-g++ apt-get dpkg-deb; do
  command -v $program > /dev/null || missing "there is no $program"
done

# A state of apt's of its own: what is installed on this machine stays as it is.
root="$out/root"
if [[ ! -d $root ]]; then
  mkdir -p "$out"/apt/{state,cache}/{lists,archives}/partial "$out/debs"
  touch "$out/apt/status"
  cat > "$out/apt.conf" << END
Dir::State "$out/apt/state";
Dir::State::status "$out/apt/status";
Dir::Cache "$out/apt/cache";
APT::Architectures { "$(dpkg --print-architecture)"; "arm64"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
END
  export APT_CONFIG="$out/apt.conf"
  apt-get -qq update || missing "Debian's lists of packages for arm64 are not to be had"
  (cd "$out/debs" && apt-get -qq download openjdk-17-jre-headless:arm64 \
    {libc6,libgcc-s1,libstdc++6,libgomp1,zlib1g}:arm64) || missing "there is no JVM for arm64"
  unset APT_CONFIG
  for package in "$out"/debs/*.deb; do
    dpkg-deb -x "$package" "$root.part"
  done
  mv "$root.part" "$root"
fi

mvn -B -q --no-transfer-progress -Pplatforms process-classes -Dspotless.check.skip -Dplatforms=linux-arm64
mvn -B -q --no-transfer-progress $dependencies:build-classpath -Dmdep.outputFile="$out/own.txt"
mvn -B -q --no-transfer-progress $dependencies:build-classpath -Dmdep.outputFile="$out/arm64.txt" \
  -Dnd4j.classifier=linux-arm64 -Djavacpp.platform=linux-arm64
mvn -B -q --no-transfer-progress $dependencies:copy -DoutputDirectory="$out" \
  -Dartifact=org.junit.platform:junit-platform-console-standalone:$junit

# Without the CUDA backend, which needs a GPU.
path() {
  echo "target/test-classes:target/classes:target/platforms/libraries:$(tr : '\n' < "$1" | grep -v nd4j-cuda | paste -sd:)"
}

options=(-XX:+UseSerialGC -Xmx2g "-Dorg.bytedeco.javacpp.cachedir=$out/javacpp")
export OMP_NUM_THREADS=1
emulated() {
  local java=("$root"/usr/lib/jvm/java-17-openjdk-*/bin/java)
  qemu-aarch64-static -cpu cortex-a72 -L "$root" "${java[0]}" -XX:TieredStopAtLevel=1 "${options[@]}" \
    -cp "$(path "$out/arm64.txt"):$out/junit-platform-console-standalone-$junit.jar" "$@"
}

training=org.lowbit4j.examples.wordnet.RecordedTraining
java "${options[@]}" -cp "$(path "$out/own.txt")" $training record "$out/gradients" > "$out/own.steps"
emulated -Dlowbit4j.kernel=native $training replay "$out/gradients" > "$out/arm64.steps" &
replayed=$!
emulated org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=summary --exclude-tag slow \
  "$@"
wait $replayed
cat "$out/arm64.steps"
diff "$out/own.steps" "$out/arm64.steps"
rm "$out/gradients"
echo "linux-arm64, emulated: the tests pass, and steps of the main job's network have this machine's bits."
