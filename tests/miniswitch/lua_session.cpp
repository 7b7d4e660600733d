#include <cstdlib>

#include "application.hpp"
#include "lua.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

constexpr const char* class_name = "Session";

/// The call as its script sees it. Lives as long as the script.
struct ScriptSession {
    switch_core_session& session;
    lua_State* lua;
    std::string callback;
    std::string callback_argument;
    InputCallback input;

    /// Null until the script has set a callback: then events and keys wait in their queues.
    [[nodiscard]] const InputCallback* active() const { return callback.empty() ? nullptr : &input; }
};

ScriptSession& self(lua_State* lua) { return *static_cast<ScriptSession*>(luaL_checkudata(lua, 1, class_name)); }
switch_channel& channel(lua_State* lua) { return self(lua).session.channel; }
std::string text(lua_State* lua, int index) { return or_empty(luaL_optstring(lua, index, "")); }

int push_status(lua_State* lua, switch_status_t status) {
    lua_pushinteger(lua, status);
    return 1;
}

int answer(lua_State* lua) {
    channel(lua).answer();
    return push_status(lua, SWITCH_STATUS_SUCCESS);
}

int hangup(lua_State* lua) {
    channel(lua).hang_up(luaL_optstring(lua, 2, "NORMAL_CLEARING"));
    return 0;
}

int ready(lua_State* lua) {
    lua_pushboolean(lua, channel(lua).is_ready(false) ? 1 : 0);
    return 1;
}

int get_variable(lua_State* lua) {
    const auto value = channel(lua).variable(luaL_checkstring(lua, 2));
    if (value)
        push(lua, *value);
    else
        lua_pushnil(lua);
    return 1;
}

int set_variable(lua_State* lua) {
    switch_channel_set_variable(&channel(lua), luaL_checkstring(lua, 2), luaL_optstring(lua, 3, nullptr));
    return 0;
}

int run_application(lua_State* lua) {
    static_cast<void>(execute(self(lua).session, luaL_checkstring(lua, 2), text(lua, 3)));
    return 0;
}

int sleep_here(lua_State* lua) {
    auto& script = self(lua);
    return push_status(lua, sleep(script.session, static_cast<int>(luaL_checkinteger(lua, 2)), script.active()));
}

int stream_file(lua_State* lua) {
    auto& script = self(lua);
    return push_status(lua, play_file(script.session, text(lua, 2), script.active()));
}

int play_and_detect(lua_State* lua) {
    auto& script = self(lua);
    std::string result;
    const auto status = play_and_detect_speech(script.session, text(lua, 2), luaL_checkstring(lua, 3),
                                               luaL_checkstring(lua, 4), result, script.active());
    if (status != SWITCH_STATUS_SUCCESS)
        log(SWITCH_LOG_ERROR, status == SWITCH_STATUS_GENERR           ? "GRAMMAR ERROR"
                              : status == SWITCH_STATUS_NOT_INITALIZED ? "ASR INIT ERROR"
                                                                       : "ERROR status = " + std::to_string(status));
    push(lua, result);
    return 1;
}

// As in the core, four words start a recognition; anything shorter is a control.
int detect(lua_State* lua) {
    auto& session = self(lua).session;
    const std::string first = luaL_checkstring(lua, 2);
    if (lua_gettop(lua) >= 5)
        static_cast<void>(
            detect_speech(session, first, text(lua, 3), luaL_checkstring(lua, 4), luaL_checkstring(lua, 5)));
    else if (first == "init")
        static_cast<void>(detect_speech_init(session, luaL_checkstring(lua, 3), luaL_optstring(lua, 4, nullptr)));
    else
        static_cast<void>(
            detect_speech_control(session, first, luaL_optstring(lua, 3, nullptr), luaL_optstring(lua, 4, nullptr)));
    return 0;
}

// What the callback returned: nothing, "" and "true" go on; any other word stops.
switch_status_t finish_callback(lua_State* lua, int arguments, const ScriptSession& script) {
    if (!script.callback_argument.empty()) {
        lua_getglobal(lua, script.callback_argument.c_str());
        ++arguments;
    }
    if (!call(lua, arguments, 1)) return SWITCH_STATUS_FALSE;
    const std::string answer = or_empty(lua_tostring(lua, -1));
    lua_pop(lua, 1);
    const bool goes_on = answer.empty() || answer == "true" || answer == "undefined";
    return goes_on ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

void begin_callback(const ScriptSession& script, const char* kind) {
    lua_getglobal(script.lua, script.callback.c_str());
    lua_getglobal(script.lua, "session");
    lua_pushstring(script.lua, kind);
}

switch_status_t on_event(const ScriptSession& script, switch_event_t& event) {
    begin_callback(script, "event");
    auto** held = push_borrowed_event(script.lua, event);
    lua_pushvalue(script.lua, -1);
    const int anchor = luaL_ref(script.lua, LUA_REGISTRYINDEX);  // keeps `held` valid while the callback runs
    const auto status = finish_callback(script.lua, 3, script);
    *held = nullptr;
    luaL_unref(script.lua, LUA_REGISTRYINDEX, anchor);
    return status;
}

switch_status_t on_dtmf(const ScriptSession& script, const switch_dtmf_t& dtmf) {
    begin_callback(script, "dtmf");
    lua_newtable(script.lua);
    push(script.lua, {&dtmf.digit, 1});
    lua_setfield(script.lua, -2, "digit");
    lua_pushinteger(script.lua, dtmf.duration);
    lua_setfield(script.lua, -2, "duration");
    return finish_callback(script.lua, 3, script);
}

int set_input_callback(lua_State* lua) {
    auto& script = self(lua);
    script.callback = luaL_checkstring(lua, 2);
    script.callback_argument = text(lua, 3);
    return 0;
}

int unset_input_callback(lua_State* lua) {
    self(lua).callback.clear();
    return 0;
}

int collect(lua_State* lua) {
    self(lua).~ScriptSession();
    return 0;
}

constexpr luaL_Reg methods[] = {{"answer", &answer},
                                {"hangup", &hangup},
                                {"ready", &ready},
                                {"getVariable", &get_variable},
                                {"setVariable", &set_variable},
                                {"execute", &run_application},
                                {"sleep", &sleep_here},
                                {"streamFile", &stream_file},
                                {"playAndDetectSpeech", &play_and_detect},
                                {"detectSpeech", &detect},
                                {"setInputCallback", &set_input_callback},
                                {"unsetInputCallback", &unset_input_callback},
                                {nullptr, nullptr}};

}  // namespace

void open_session(lua_State* lua, switch_core_session& session) {
    new_class(lua, class_name, methods, &collect);
    auto* script = new (lua_newuserdata(lua, sizeof(ScriptSession))) ScriptSession{session, lua, {}, {}, {}};
    script->input = {[script](switch_event_t& event) { return on_event(*script, event); },
                     [script](const switch_dtmf_t& dtmf) { return on_dtmf(*script, dtmf); }};
    luaL_setmetatable(lua, class_name);
    lua_setglobal(lua, "session");
}

}  // namespace miniswitch
