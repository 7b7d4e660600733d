#!/usr/bin/env bash
# Recorded speech goes over WebSocket to a real recognizer; partial and final transcripts come back as they are heard.
# Ten prompts that the model was not trained on, four at a time, in real time; then three over TLS. Ends by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

sounds=/usr/share/asterisk/sounds/en_US_f_Allison
model=models/al8k
work=$(mktemp -d)
server=
cleanup() {
    [ -n "$server" ] && kill -TERM "$server" 2>/dev/null && wait "$server" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# start_server NAME ARGUMENT...: starts `asr-stream serve` on a free port and sets $url.
start_server() {
    local log=$work/$1.log
    shift
    build/release/src/cli/asr-stream serve --listen 127.0.0.1:0 "$@" >"$log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        url=$(sed -nE 's/^listening on (wss?:[^ ]+).*/\1/p' "$log" | head -n 1)
        [ -n "$url" ] && { head -n 1 "$log"; return; }
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$log" >&2
    echo "demo: the recognizer did not start" >&2
    exit 1
}
stop_server() {
    kill -TERM "$server"
    wait "$server"
    server=
}

step "build"
scripts/build.sh release asr-stream | tail -n 1

mapfile -t names < <(cut -f1 "$model/heldout.tsv")
files=()
for name in "${names[@]}"; do files+=("$sounds/$name"); done

step "ten prompts the model has never heard, four calls at a time, in real time"
start_server plain --model al8k
build/release/src/cli/asr-stream transcribe --url "$url" --jobs 4 --reference "$model/heldout.tsv" "${files[@]}"
stop_server

step "three of them over TLS, with a certificate made on the spot"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=localhost" \
    -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
start_server tls --model al8k --tls-certificate "$work/cert.pem" --tls-key "$work/key.pem"
build/release/src/cli/asr-stream transcribe --url "$url" --ca-file "$work/cert.pem" --jobs 3 \
    --reference "$model/heldout.tsv" "${files[@]:0:3}"
stop_server
step "done"
