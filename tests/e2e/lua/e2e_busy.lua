-- Listens to everything, and fetches nothing: it plays without an input callback.
session:answer()
session:execute("detect_speech", "asr_stream:default {continuous=true}builtin:dictation e2e")
while session:ready() do session:streamFile("vm-review.wav") end
