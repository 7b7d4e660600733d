#!/usr/bin/env bash
# run.sh ARGUMENT...: compiles the service if its sources changed, and runs it. Without arguments it explains itself.
# run.sh --test: runs its tests. Needs a JDK 17; classes go to $CALLBOT_CLASSES, default build/callbot of the project.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
classes=${CALLBOT_CLASSES:-$here/../../build/callbot}
mkdir -p "$classes"

# compile: one at a time, because several runs may start at once.
compile() {
    exec 9>"$classes/.lock"
    flock 9
    if [ -z "$(find "$here/src" "$here/test" -name '*.java' -newer "$classes/.compiled" 2>&1)" ]; then return; fi
    javac --release 17 -Xlint:all -Werror -d "$classes" "$here"/src/callbot/*.java "$here"/test/callbot/*.java
    touch "$classes/.compiled"
}
compile
exec 9>&-

main=callbot.CallBot
if [ "${1:-}" = --test ]; then
    main=callbot.AllTests
    shift
fi
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx128m -cp "$classes" "$main" "$@"
