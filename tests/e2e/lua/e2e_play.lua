-- Plays e2e_file (again and again with e2e_loop=true) and fires CUSTOM e2e::played when it ended.

local uuid = session:getVariable("uuid")
session:answer()
repeat
    session:streamFile(session:getVariable("e2e_file"))
    local event = freeswitch.Event("CUSTOM", "e2e::played")
    event:addHeader("Unique-ID", uuid)
    event:fire()
until session:getVariable("e2e_loop") ~= "true" or not session:ready()
while session:ready() do session:sleep(40) end
