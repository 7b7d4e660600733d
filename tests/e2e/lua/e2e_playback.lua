-- Streams the call (e2e_start) and plays what the service sends.
session:answer()
session:execute("asr_stream", session:getVariable("e2e_start"))
session:streamFile("asr_stream://default")
while session:ready() do session:sleep(40) end
