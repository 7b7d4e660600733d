-- Streams its call with the application instead of the API.
session:answer()
session:execute("asr_stream", "start default")
while session:ready() do session:sleep(40) end
