-- Asks e2e_rounds times with play_and_detect_speech and fires CUSTOM e2e::answer after each.
-- Channel variables: e2e_engine, e2e_grammar, e2e_parameters (a=b|c=d), e2e_prompt, e2e_rounds.

local uuid = session:getVariable("uuid")
local engine = session:getVariable("e2e_engine") or "asr_stream:default"
local heard = {}

-- "{a=b,c=d}NAME"; a dial string cannot carry braces and commas.
local function grammar()
    local parameters = session:getVariable("e2e_parameters") or ""
    local name = session:getVariable("e2e_grammar") or "builtin:dictation"
    if parameters == "" then return name end
    return "{" .. parameters:gsub("|", ",") .. "}" .. name
end

function on_input(_, kind, event)
    if kind == "event" then
        local type = event:getHeader("Speech-Type") or ""
        heard[#heard + 1] = type
        if type == "detected-speech" then heard.cause = event:getHeader("ASR-Completion-Cause") or "" end
    end
    return ""
end

session:answer()
session:setInputCallback("on_input")
for round = 1, tonumber(session:getVariable("e2e_rounds") or "1") do
    heard = {}
    local result = session:playAndDetectSpeech(session:getVariable("e2e_prompt"), engine,
        grammar())
    if not session:ready() then break end
    local event = freeswitch.Event("CUSTOM", "e2e::answer")
    event:addHeader("Unique-ID", uuid)
    event:addHeader("Answer-Round", tostring(round))
    event:addHeader("Answer-Cause", heard.cause or "")
    event:addHeader("Answer-Response", session:getVariable("current_application_response") or "")
    event:addHeader("Answer-Heard", table.concat(heard, " "))
    event:addBody(result or "")
    event:fire()
end
while session:ready() do session:sleep(40) end
