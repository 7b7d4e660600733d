-- Follows the whole call; each final becomes CUSTOM bot::transcript, as examples/lua/listen.lua does.
-- Channel variable: e2e_engine.
local uuid = session:getVariable("uuid")
local engine = session:getVariable("e2e_engine") or "asr_stream:default"

function on_input(_, kind, event)
    if kind == "event" and event:getHeader("Speech-Type") == "detected-speech" then
        local body = event:getBody() or ""
        if body ~= "" then
            local transcript = freeswitch.Event("CUSTOM", "bot::transcript")
            transcript:addHeader("Unique-ID", uuid)
            transcript:addBody(body)
            transcript:fire()
        end
    end
    collectgarbage()  -- a heap profile would see what waits for it
    return ""
end

session:answer()
session:setInputCallback("on_input")
session:execute("detect_speech",
    engine .. " {continuous=true,result-format=text,no-input-timeout=0,recognition-timeout=0}builtin:dictation e2e")
while session:ready() do session:sleep(100) end
