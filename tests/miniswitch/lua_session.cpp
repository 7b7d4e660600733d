#include "application.hpp"
#include "lua_api.hpp"
#include "playback.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

constexpr const char* class_name = "Session";

/// The call as its script sees it. Lives as long as the script.
struct ScriptSession {
    switch_core_session& session;
    lua_State* lua;
    std::string callback;
    std::string argument;
    InputCallback input;

    /// Null until the script has set a callback: then events and keys wait in their queues.
    [[nodiscard]] const InputCallback* active() const { return callback.empty() ? nullptr : &input; }
};

ScriptSession& self(lua_State* lua) { return *static_cast<ScriptSession*>(luaL_checkudata(lua, 1, class_name)); }
switch_channel& channel(lua_State* lua) { return self(lua).session.channel; }
std::string text(lua_State* lua, int index) { return luaL_optstring(lua, index, ""); }
int push_status(lua_State* lua, switch_status_t status) { return lua_pushinteger(lua, status), 1; }

int get_variable(lua_State* lua) {
    const auto value = channel(lua).get(luaL_checkstring(lua, 2));
    if (!value.empty()) return push(lua, value);
    return lua_pushnil(lua), 1;
}

int play_and_detect(lua_State* lua) {
    auto& script = self(lua);
    std::string result;
    const auto status = play_and_detect_speech(script.session, text(lua, 2), luaL_checkstring(lua, 3),
                                               luaL_checkstring(lua, 4), result, script.active());
    if (status == SWITCH_STATUS_GENERR) log(SWITCH_LOG_ERROR, "GRAMMAR ERROR");
    if (status == SWITCH_STATUS_NOT_INITALIZED) log(SWITCH_LOG_ERROR, "ASR INIT ERROR");
    return push(lua, result);
}

// Puts the function, the session and the kind of input on the stack.
void begin_callback(const ScriptSession& script, const char* kind) {
    lua_getglobal(script.lua, script.callback.c_str());
    lua_getglobal(script.lua, "session");
    lua_pushstring(script.lua, kind);
}

// What the callback returns: nothing, "" and "true" go on; any other word stops.
switch_status_t finish_callback(const ScriptSession& script) {
    auto* lua = script.lua;
    if (!script.argument.empty()) lua_getglobal(lua, script.argument.c_str());
    if (!call(lua, script.argument.empty() ? 3 : 4, 1)) return SWITCH_STATUS_FALSE;
    const std::string answer = or_empty(lua_tostring(lua, -1));
    lua_pop(lua, 1);
    return answer.empty() || answer == "true" || answer == "undefined" ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

switch_status_t on_event(const ScriptSession& script, switch_event_t& event) {
    auto** held = push_borrowed_event(script.lua, event);  // stays on the stack, and so alive, until it is cleared
    begin_callback(script, "event");
    lua_pushvalue(script.lua, -4);
    const auto status = finish_callback(script);
    *held = nullptr;
    lua_pop(script.lua, 1);
    return status;
}

switch_status_t on_dtmf(const ScriptSession& script, const switch_dtmf_t& dtmf) {
    begin_callback(script, "dtmf");
    lua_newtable(script.lua);
    push(script.lua, {&dtmf.digit, 1});
    lua_setfield(script.lua, -2, "digit");
    lua_pushinteger(script.lua, dtmf.duration);
    lua_setfield(script.lua, -2, "duration");
    return finish_callback(script);
}

int set_input_callback(lua_State* lua) {
    self(lua).callback = luaL_checkstring(lua, 2);
    self(lua).argument = text(lua, 3);
    return 0;
}

constexpr luaL_Reg methods[] = {
    {"answer", [](lua_State* lua) { return channel(lua).answer(), push_status(lua, SWITCH_STATUS_SUCCESS); }},
    {"hangup", [](lua_State* lua) { return channel(lua).hang_up(luaL_optstring(lua, 2, "NORMAL_CLEARING")), 0; }},
    {"ready", [](lua_State* lua) { return lua_pushboolean(lua, channel(lua).is_ready(false) ? 1 : 0), 1; }},
    {"getVariable", &get_variable},
    {"setVariable", [](lua_State* lua) { return channel(lua).set(luaL_checkstring(lua, 2), text(lua, 3)), 0; }},
    {"execute",
     [](lua_State* lua) {
         static_cast<void>(execute(self(lua).session, luaL_checkstring(lua, 2), text(lua, 3)));
         return 0;
     }},
    {"sleep",
     [](lua_State* lua) {
         const auto milliseconds = static_cast<int>(luaL_checkinteger(lua, 2));
         return push_status(lua, sleep(self(lua).session, milliseconds, self(lua).active()));
     }},
    {"streamFile",
     [](lua_State* lua) { return push_status(lua, play_file(self(lua).session, text(lua, 2), self(lua).active())); }},
    {"playAndDetectSpeech", &play_and_detect},
    {"setInputCallback", &set_input_callback},
    {"__gc", [](lua_State* lua) { return self(lua).~ScriptSession(), 0; }},
    {nullptr, nullptr}};

}  // namespace

void open_session(lua_State* lua, switch_core_session& session) {
    new_class(lua, class_name, methods);
    auto* script = new (lua_newuserdata(lua, sizeof(ScriptSession))) ScriptSession{session, lua, {}, {}, {}};
    script->input = {[script](switch_event_t& event) { return on_event(*script, event); },
                     [script](const switch_dtmf_t& dtmf) { return on_dtmf(*script, dtmf); }};
    luaL_setmetatable(lua, class_name);
    lua_setglobal(lua, "session");
}

}  // namespace miniswitch
