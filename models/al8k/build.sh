#!/bin/sh
# Makes the trigram and the dictionary of this folder again. Usage: models/al8k/build.sh BUILD_FOLDER
set -eu
here=$(dirname "$0")
exec "$1/src/recognizer/asr-stream-lm" "$here/prompts.tsv" --leave-out "$here/heldout.tsv" \
  --dictionary /usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict --dictionary "$here/../extra.dict" \
  --trigram-out "$here/prompts-heldout.lm" --dictionary-out "$here/al8k.dict"
