-- For luarun: starts a recognizer on a call from another thread than the call's own. Argument: the call's uuid.

local session = freeswitch.Session(argv[1])
session:setAutoHangup(false)
session:execute("detect_speech", "asr_stream:default builtin:dictation e2e")
