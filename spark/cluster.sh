#!/usr/bin/env bash
# Trains the main job's network on a Spark cluster of this machine: a master, two workers, their executors as processes
# of their own; compares with local[2], bit for bit, and stops all it started.
#   spark/cluster.sh [--kill] [--spark4] [-- options of the program]
# --kill: SIGKILL for an executor that averages and one that trains; after 7 rounds of the last optimizer the driver
# halts, and another one goes on from a checkpoint.
# Other options of Maven: MAVEN_ARGS. Needs Linux, and "mvn install -DskipTests" where the library's pom.xml is.
set -euo pipefail
cd "$(dirname "$0")"

kill=0
profile=()
while (($# > 0)); do
  case $1 in
    --kill) kill=1 ;;
    --spark4) profile=(-Pspark4) ;;
    --) shift; break ;;
    *) echo "Unknown option $1; those of the program follow --." >&2; exit 2 ;;
  esac
  shift
done

work=$PWD/target/cluster
rm -rf "$work"
mkdir -p "$work/home/jars" "$work/logs"
# shellcheck disable=SC2086
mvn -B -q --no-transfer-progress ${MAVEN_ARGS:-} "${profile[@]}" test-compile dependency:build-classpath \
  -Dmdep.includeScope=test -Dmdep.outputFile="$work/classpath"
tr : '\n' < "$work/classpath" | xargs -d '\n' ln -s -t "$work/home/jars"
classes=$PWD/target/classes:$PWD/target/test-classes
scala=$(basename "$(ls -d "$work"/home/jars/spark-core_*.jar)" | sed 's/spark-core_\([0-9.]*\)-.*/\1/')

export SPARK_HOME=$work/home SPARK_SCALA_VERSION=$scala SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_DIRS=$work/tmp
export OMP_NUM_THREADS=1
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
flags=(--add-exports=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED)

# What is started is stopped, whatever happens; a worker stops its executors.
started=()
stop() {
  trap - EXIT INT TERM
  ((${#started[@]} == 0)) || kill "${started[@]}" 2> /dev/null || true
  for pid in "${started[@]}"; do
    for _ in {1..50}; do
      kill -0 "$pid" 2> /dev/null || break
      sleep 0.2
    done
    kill -9 "$pid" 2> /dev/null || true
  done
}
trap stop EXIT
trap 'exit 130' INT TERM

daemon() { # name, class, arguments
  local name=$1
  shift
  "$java" -Xmx256m -XX:TieredStopAtLevel=1 "${flags[@]}" -cp "$SPARK_HOME/jars/*" "$@" > "$work/logs/$name" 2>&1 &
  started+=($!)
}

program() { # arguments
  "$java" -Xmx1g "${flags[@]}" -cp "$classes:$SPARK_HOME/jars/*" org.lowbit4j.spark.wordnet.SparkWordNet "$@" &
  local pid=$!
  started+=("$pid")
  wait "$pid"
}

address() { # what the master tells in its log
  local found
  for _ in {1..150}; do
    found=$(sed -n 's/.*Starting Spark master at \(spark:[^ ]*\).*/\1/p' "$work/logs/master")
    [[ -z $found ]] || { echo "$found"; return; }
    sleep 0.2
  done
  echo "The master did not start:" >&2
  cat "$work/logs/master" >&2
  return 1
}

: > "$work/logs/master"
daemon master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 0 --webui-port 0
master=$(address)
for worker in 1 2; do
  daemon "worker$worker" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --webui-port 0 --cores 1 --memory 1g \
    --work-dir "$work/executors$worker" "$master"
done
cluster=(--master "$master" --conf spark.executor.extraClassPath="$classes" --conf spark.executor.memory=1g
  --conf spark.executorEnv.OMP_NUM_THREADS=1 --conf spark.driver.host=127.0.0.1 --conf spark.cores.max=2
  --conf spark.scheduler.minRegisteredResourcesRatio=1)

echo "== local[2]"
program --out "$work/local" "$@"
echo "== $master, Spark for Scala $scala"
if ((kill == 0)); then
  program --out "$work/trained" "${cluster[@]}" "$@"
else
  halted=0
  program --out "$work/trained" "${cluster[@]}" --kill 2,4 --checkpoint-every 1 --crash 7 "$@" || halted=$?
  ((halted == 3)) || { echo "The driver was to halt with 3 and ended with $halted." >&2; exit 1; }
  echo "== the driver again"
  program --out "$work/trained" "${cluster[@]}" --checkpoint-every 1 --resume "$@"
fi
diff "$work/local/fingerprints.txt" "$work/trained/fingerprints.txt"
echo "The same bits on the cluster as on local[2]."
