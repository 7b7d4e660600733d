-- bot.lua: the script of one outbound robot call.
--
--   originate {ignore_early_media=true}sofia/gateway/carrier/4930123456 &lua(bot.lua)
--
-- It greets and listens at the same time (the greeting stops when the called side speaks), asks again a bounded number
-- of times when it heard nothing or did not understand, fires CUSTOM bot::transcript for what it heard, and does what a
-- service answers by setting the channel variable bot_answer to "TURN:BRANCH". Without an answer in time it decides itself.
--
-- Channel variables that change it, all optional, to be set with originate:
--   bot_profile           profile of asr_stream.conf.xml                        default
--   bot_grammar           what may be said; builtin:dictation is open           builtin:dictation
--   bot_prompts           folder of the prompts, with / at its end              the switch's sound_prefix
--   bot_turns             how often it listens at most                          6
--   bot_retries           misunderstandings in a row before it gives up         2
--   bot_no_input_ms       silence that counts as no input                       5000
--   bot_answer_ms         how long it waits for the service's answer            1000
-- It leaves how the call ended in bot_outcome, which CHANNEL_HANGUP_COMPLETE carries as variable_bot_outcome.

local function setting(name, default)
    local value = session:getVariable(name)
    if value == nil or value == "" then return default end
    return value
end

local function number_setting(name, default)
    local value = tonumber(setting(name, default))
    if value == nil or value < 0 then
        freeswitch.consoleLog("ERR", "bot.lua: " .. name .. " is not a number; taking " .. default .. "\n")
        return default
    end
    return math.floor(value)
end

local uuid = session:getVariable("uuid")
local prompts = setting("bot_prompts", "")
local turns = number_setting("bot_turns", 6)
local retries = number_setting("bot_retries", 2)
local answer_ms = number_setting("bot_answer_ms", 1000)
local engine = "asr_stream:" .. setting("bot_profile", "default")
local grammar = string.format("{result-format=text,no-input-timeout=%d,start-input-timers=false}%s",
    number_setting("bot_no_input_ms", 5000), setting("bot_grammar", "builtin:dictation"))

-- What each branch says, and whether the talk goes on after it.
local branches = {
    menu        = { prompt = "one-moment-please.wav", goes_on = false },
    unreachable = { prompt = nil,                     goes_on = false },
    hold        = { prompt = "queue-thankyou.wav",    goes_on = false },
    goodbye     = { prompt = "goodbye.wav",           goes_on = false },
    talk        = { prompt = "privacy-thankyou.wav",  goes_on = true },
    again       = { prompt = "vm-sorry.wav",          goes_on = true },
}

-- The recognizer's result, written by on_input while playAndDetectSpeech runs. The event belongs to the switch and is
-- gone after the callback, so its strings are copied here.
local result

local function copied(event, names)
    local headers = {}
    for _, name in ipairs(names) do headers[name] = event:getHeader(name) end
    return headers
end

-- The switch calls this by its name, so it is global. "" means: go on with what you were doing.
function on_input(_, kind, event)
    if kind == "event" and event:getHeader("Speech-Type") == "detected-speech" then
        result = {
            text = event:getBody() or "",
            cause = (event:getHeader("ASR-Completion-Cause") or ""):sub(1, 3),
            headers = copied(event, { "ASR-Stream-ID", "ASR-Sequence", "ASR-Utterance", "ASR-Confidence" }),
        }
    end
    return ""
end

-- Plays the prompt and listens. Returns the result, or nil if there is none: the call ended, or recognition failed to start.
local function listen(prompt)
    result = nil
    session:playAndDetectSpeech(prompts .. prompt, engine, grammar)
    return result
end

-- The recognizer could not work, as opposed to: nothing was said, or nothing that fits. Completion causes of RFC 6787.
local function has_failed(heard)
    return heard == nil or heard.cause == "004" or heard.cause == "006" or heard.cause == "009" or heard.cause == "010"
end

local function publish(turn, heard)
    local event = freeswitch.Event("CUSTOM", "bot::transcript")
    event:addHeader("Unique-ID", uuid)
    event:addHeader("Bot-Turn", tostring(turn))
    for name, value in pairs(heard.headers) do event:addHeader(name, value) end
    event:addBody(heard.text)
    event:fire()
end

-- The branch that the service chose for this turn, or nil if it chose none in time. An answer to an earlier turn that
-- comes late has that turn's number and is ignored.
local function await_answer(turn)
    local poll_ms = 20
    for _ = 0, answer_ms, poll_ms do
        if not session:ready() then return nil end
        local answered, branch = (session:getVariable("bot_answer") or ""):match("^(%d+):(%a+)$")
        if tonumber(answered) == turn then return branches[branch] and branch or "again" end
        session:sleep(poll_ms)
    end
    return nil
end

-- What the bot does on its own when the service is silent.
local function branch_of(text)
    if text:find("goodbye", 1, true) then return "goodbye" end
    return "talk"
end

local function leave(outcome, prompt)
    if prompt and session:ready() then session:streamFile(prompts .. prompt) end
    session:setVariable("bot_outcome", outcome)
    session:hangup("NORMAL_CLEARING")
end

-- One turn after the other; returns how the call ended and the last prompt to play.
local function talk()
    local prompt = "hello-world.wav"
    local misunderstood = 0
    for turn = 1, turns do
        local heard = listen(prompt)
        if not session:ready() then return "hung up" end
        if has_failed(heard) then return "recognition failed", "please-try-call-later.wav" end
        local name = "again"
        if heard.text ~= "" then
            publish(turn, heard)
            name = await_answer(turn) or branch_of(heard.text)
        end
        if not session:ready() then return "hung up" end
        local branch = branches[name]
        if not branch.goes_on then return name, branch.prompt end
        misunderstood = name == "again" and misunderstood + 1 or 0
        if misunderstood > retries then return "not understood", "goodbye.wav" end
        prompt = branch.prompt
    end
    return "no more turns", "goodbye.wav"
end

session:answer()
session:setInputCallback("on_input")
leave(talk())
