#!/usr/bin/env bash
# The whole chain: ten calls at once, each caller a recorded prompt. Their voices go over WebSocket to a recognizer, what
# was said comes back into each call's Lua script, and a Java service prints it and answers the script. On FreeSWITCH where
# it is installed, else on this project's test host. Ends by itself; scripts/demo_call.py says what the options mean.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_freeswitch
targets=(asr-stream miniswitch mod_asr_stream_mini)
if pkg-config --exists freeswitch; then targets+=(mod_asr_stream); fi
if [[ " $* " != *" --build "* ]]; then
    step "build"
    scripts/build.sh release "${targets[@]}" | tail -n 1
fi
exec /usr/bin/python3 scripts/demo_call.py "$@"
