-- Listens as a test tells it to, and fires CUSTOM e2e::heard for each thing its input callback gets.
-- Channel variables: e2e_engine, e2e_grammar, e2e_parameters (a=b|c=d); then e2e_command, "NUMBER WORD [GRAMMAR]", done once for each new number:
-- listen, pause, resume, stop, timers, hangup.

local uuid = session:getVariable("uuid")
local engine = session:getVariable("e2e_engine") or "asr_stream:default"
local done = 0

local function tell(subclass, headers, body)
    local event = freeswitch.Event("CUSTOM", subclass)
    event:addHeader("Unique-ID", uuid)
    for name, value in pairs(headers) do event:addHeader(name, value) end
    if body then event:addBody(body) end
    event:fire()
end

-- "{a=b,c=d}NAME"; a dial string cannot carry braces and commas.
local function grammar()
    local parameters = session:getVariable("e2e_parameters") or ""
    local name = session:getVariable("e2e_grammar") or "builtin:dictation"
    if parameters == "" then return name end
    return "{" .. parameters:gsub("|", ",") .. "}" .. name
end

function on_input(_, kind, event)
    if kind == "dtmf" then
        tell("e2e::heard", { ["Heard-Type"] = "dtmf" }, event.digit)
        return ""
    end
    tell("e2e::heard", {
        ["Heard-Type"] = event:getHeader("Speech-Type") or "",
        ["Heard-Cause"] = event:getHeader("ASR-Completion-Cause") or "",
        ["Heard-Utterance"] = event:getHeader("ASR-Utterance") or "",
    }, event:getBody() or "")
    return ""
end

local actions = {
    listen = function(grammar) session:execute("detect_speech", engine .. " " .. grammar .. " e2e") end,
    pause = function() session:execute("detect_speech", "pause") end,
    resume = function() session:execute("detect_speech", "resume") end,
    stop = function() session:execute("detect_speech", "stop") end,
    timers = function() session:execute("detect_speech", "start-input-timers") end,
    hangup = function() session:hangup("NORMAL_CLEARING") end,
}

session:answer()
session:setInputCallback("on_input")
actions.listen(grammar())
tell("e2e::listening", {})
while session:ready() do
    session:sleep(40)
    local number, word, grammar = (session:getVariable("e2e_command") or ""):match("^(%d+) (%a+) ?(.*)$")
    if number and tonumber(number) > done then
        done = tonumber(number)
        actions[word](grammar)
        tell("e2e::done", { ["Done"] = number })
    end
end
