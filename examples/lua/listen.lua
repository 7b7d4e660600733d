-- listen.lua: follows a whole call. Every partial and final result reaches the input callback, until the call ends.
--
--   originate {}sofia/gateway/carrier/4930123456 &lua(listen.lua PROFILE)
--
-- continuous=true: the recognizer does not stop at the first result. Each final is fired as CUSTOM bot::transcript.
-- While nothing reads the call's media the switch hands over no result, so the script must sleep, play or record; while
-- it only computes, results wait (the events CUSTOM asr_stream::final do not wait for it).

local uuid = session:getVariable("uuid")
local profile = argv[1] or "default"
local results = 0

local function publish(event)
    local transcript = freeswitch.Event("CUSTOM", "bot::transcript")
    transcript:addHeader("Unique-ID", uuid)
    transcript:addHeader("Bot-Turn", tostring(results))
    for _, name in ipairs({ "ASR-Stream-ID", "ASR-Sequence", "ASR-Utterance", "ASR-Confidence" }) do
        local value = event:getHeader(name)
        if value then transcript:addHeader(name, value) end
    end
    transcript:addBody(event:getBody() or "")
    transcript:fire()
end

function on_input(_, kind, event)
    if kind == "dtmf" then
        freeswitch.consoleLog("INFO", uuid .. " key " .. event.digit .. "\n")
        return ""
    end
    local type = event:getHeader("Speech-Type")
    if type == "begin-speaking" then
        freeswitch.consoleLog("INFO", uuid .. " speaks\n")
    elseif type == "detected-partial-speech" then
        freeswitch.consoleLog("INFO", uuid .. " ... " .. (event:getBody() or "") .. "\n")
    elseif type == "detected-speech" then
        results = results + 1
        freeswitch.consoleLog("INFO", uuid .. " said " .. (event:getBody() or "") .. "\n")
        publish(event)
    end
    return ""
end

session:answer()
session:setInputCallback("on_input")
session:execute("detect_speech", "asr_stream:" .. profile
    .. " {continuous=true,result-format=text,interim=true}builtin:dictation listen")
while session:ready() do
    session:sleep(1000)
end
