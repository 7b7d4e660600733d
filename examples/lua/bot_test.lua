-- bot_test.lua: tests of bot.lua with a session that is played by this file. Run in this folder: lua bot_test.lua

local function header_event(headers, body)
    return {
        getHeader = function(_, name) return headers[name] end,
        getBody = function() return body end,
    }
end

-- One call. `answers`: what the called side does at each listening, a result, "hangup" or "failure". `service(turn, text)`
-- returns what the service sets bot_answer to. Returns what the bot did, in order.
local function call(answers, service, variables)
    local done, open, turn = {}, true, 0
    local channel = { uuid = "u1" }
    for name, value in pairs(variables or {}) do channel[name] = value end
    local function note(...) done[#done + 1] = table.concat({ ... }, " ") end

    local session = {}
    function session.answer() note("answer") end
    function session.ready() return open end
    function session.sleep() end
    function session.setInputCallback() end
    function session.getVariable(_, name) return channel[name] end
    function session.setVariable(_, name, value) note("set", name, value) end
    function session.streamFile(_, file) note("play", file) end
    function session.hangup() if open then note("hangup") end open = false end
    function session.playAndDetectSpeech(self, file, engine, grammar)
        turn = turn + 1
        note("ask", file)
        channel.engine, channel.grammar = engine, grammar
        local answer = answers[turn] or error("the bot asks more often than expected")
        if answer == "hangup" then open = false return end
        if answer == "failure" then return end
        _G.on_input(self, "event", header_event({ ["Speech-Type"] = "begin-speaking" }))
        _G.on_input(self, "event", header_event({
            ["Speech-Type"] = "detected-speech", ["ASR-Sequence"] = tostring(10 * turn), ["ASR-Completion-Cause"] = answer.cause or "000",
        }, answer.text))
    end
    local freeswitch = { consoleLog = function(_, text) note("log", text) end }
    function freeswitch.Event(_, subclass)
        local event = { headers = {} }
        function event.addHeader(_, name, value) event.headers[name] = value end
        function event.addBody(_, body) event.body = body end
        function event.fire()
            note("fire", subclass, event.headers["Bot-Turn"], event.headers["ASR-Sequence"], event.body)
            channel.bot_answer = service and service(tonumber(event.headers["Bot-Turn"]), event.body) or channel.bot_answer
        end
        return event
    end
    local environment = setmetatable({ session = session, freeswitch = freeswitch }, { __index = _G, __newindex = _G })
    assert(loadfile("bot.lua", "t", environment))()
    return done, channel
end

local function expect(name, done, ...)
    local expected, actual = table.concat({ ... }, "\n"), table.concat(done, "\n")
    if expected ~= actual then error(name .. ": expected\n" .. expected .. "\n\ngot\n" .. actual, 2) end
end

local function say(text) return { text = text } end
local no_input = { text = "", cause = "002" }

expect("does what the service answers", call({ say("press one") }, function(turn) return turn .. ":menu" end),
    "answer", "ask hello-world.wav", "fire bot::transcript 1 10 press one", "play one-moment-please.wav", "set bot_outcome menu",
    "hangup")

expect("goes on where the branch does", call({ say("yes"), say("bye") },
    function(turn) return turn .. (turn == 1 and ":talk" or ":goodbye") end),
    "answer", "ask hello-world.wav", "fire bot::transcript 1 10 yes", "ask privacy-thankyou.wav", "fire bot::transcript 2 20 bye",
    "play goodbye.wav", "set bot_outcome goodbye", "hangup")

expect("decides itself without an answer, and ignores an old one",
    call({ say("yes"), say("well goodbye") }, function(turn) return turn == 1 and "1:talk" or nil end),
    "answer", "ask hello-world.wav", "fire bot::transcript 1 10 yes", "ask privacy-thankyou.wav",
    "fire bot::transcript 2 20 well goodbye", "play goodbye.wav", "set bot_outcome goodbye", "hangup")

expect("asks again when it heard nothing, but not for ever", call({ no_input, no_input, no_input }),
    "answer", "ask hello-world.wav", "ask vm-sorry.wav", "ask vm-sorry.wav", "play goodbye.wav", "set bot_outcome not understood",
    "hangup")

expect("an answer between them starts the count anew",
    call({ no_input, say("yes"), no_input, no_input, say("bye") }, function(turn) return turn .. (turn == 2 and ":talk" or ":goodbye") end),
    "answer", "ask hello-world.wav", "ask vm-sorry.wav", "fire bot::transcript 2 20 yes", "ask privacy-thankyou.wav",
    "ask vm-sorry.wav", "ask vm-sorry.wav", "fire bot::transcript 5 50 bye", "play goodbye.wav", "set bot_outcome goodbye", "hangup")

expect("an unknown branch means again", call({ say("x"), say("y"), say("z") }, function(turn) return turn .. ":dance" end),
    "answer", "ask hello-world.wav", "fire bot::transcript 1 10 x", "ask vm-sorry.wav", "fire bot::transcript 2 20 y",
    "ask vm-sorry.wav", "fire bot::transcript 3 30 z", "play goodbye.wav", "set bot_outcome not understood", "hangup")

expect("stops after its turns", call({ say("a"), say("b") }, function(turn) return turn .. ":talk" end, { bot_turns = "2" }),
    "answer", "ask hello-world.wav", "fire bot::transcript 1 10 a", "ask privacy-thankyou.wav", "fire bot::transcript 2 20 b",
    "play goodbye.wav", "set bot_outcome no more turns", "hangup")

expect("leaves when the recognizer fails", call({ { text = "", cause = "009" } }),
    "answer", "ask hello-world.wav", "play please-try-call-later.wav", "set bot_outcome recognition failed", "hangup")

expect("leaves when recognition does not even start", call({ "failure" }),
    "answer", "ask hello-world.wav", "play please-try-call-later.wav", "set bot_outcome recognition failed", "hangup")

expect("says nothing to a call that is over", call({ "hangup" }),
    "answer", "ask hello-world.wav", "set bot_outcome hung up")

local _, channel = call({ say("bye") }, function(turn) return turn .. ":goodbye" end,
    { bot_profile = "sales", bot_grammar = "builtin:boolean", bot_no_input_ms = "700", bot_prompts = "/p/", bot_turns = "many" })
assert(channel.engine == "asr_stream:sales", channel.engine)
assert(channel.grammar == "{result-format=text,no-input-timeout=700,start-input-timers=false}builtin:boolean", channel.grammar)
print("bot.lua: all tests passed")
