#include "event.hpp"
#include "lua_api.hpp"

namespace miniswitch {
namespace {

constexpr const char* event_class = "Event";

struct ScriptEvent {
    switch_event_t* event;
    bool is_owned;
};

switch_event_t& self(lua_State* lua) {
    auto* held = static_cast<ScriptEvent*>(luaL_checkudata(lua, 1, event_class));
    if (held->event == nullptr) luaL_error(lua, "the event was the switch's, which has taken it back");
    return *held->event;
}

ScriptEvent* push_event(lua_State* lua, switch_event_t* event, bool is_owned) {
    auto* held = new (lua_newuserdata(lua, sizeof(ScriptEvent))) ScriptEvent{event, is_owned};
    luaL_setmetatable(lua, event_class);
    return held;
}

int new_event(lua_State* lua) {
    const auto id = event_id(luaL_checkstring(lua, 1));
    if (!id) return luaL_error(lua, "miniswitch does not offer the event %s", lua_tostring(lua, 1));
    push_event(lua, make_event(*id, luaL_optstring(lua, 2, nullptr)).release(), true);
    return 1;
}

int collect_event(lua_State* lua) {
    auto* held = static_cast<ScriptEvent*>(luaL_checkudata(lua, 1, event_class));
    if (held->is_owned) switch_event_destroy(&held->event);
    return 0;
}

int console_log(lua_State* lua) {
    static constexpr std::string_view names[] = {"console", "alert",  "crit", "err",
                                                 "warning", "notice", "info", "debug"};
    const auto* level = std::ranges::find_if(names, [&](auto name) { return same(name, luaL_checkstring(lua, 1)); });
    log(static_cast<switch_log_level_t>(std::min<std::ptrdiff_t>(level - names, SWITCH_LOG_DEBUG)),
        luaL_checkstring(lua, 2));
    return 0;
}

// A null pointer becomes nil.
constexpr luaL_Reg event_methods[] = {
    {"addHeader",
     [](lua_State* lua) { return add_header(self(lua), luaL_checkstring(lua, 2), luaL_checkstring(lua, 3)), 0; }},
    {"addBody", [](lua_State* lua) { return switch_event_set_body(&self(lua), luaL_checkstring(lua, 2)), 0; }},
    {"fire", [](lua_State* lua) { return event_bus().fire(copy(self(lua))), 0; }},
    {"getHeader", [](lua_State* lua) { return lua_pushstring(lua, header(self(lua), luaL_checkstring(lua, 2))), 1; }},
    {"getBody", [](lua_State* lua) { return lua_pushstring(lua, self(lua).body), 1; }},
    {"__gc", &collect_event},
    {nullptr, nullptr}};
constexpr luaL_Reg functions[] = {{"Event", &new_event}, {"consoleLog", &console_log}, {nullptr, nullptr}};

}  // namespace

switch_event_t** push_borrowed_event(lua_State* lua, switch_event_t& event) {
    return &push_event(lua, &event, false)->event;
}

void open_freeswitch(lua_State* lua) {
    new_class(lua, event_class, event_methods);
    luaL_newlib(lua, functions);
    lua_setglobal(lua, "freeswitch");
}

}  // namespace miniswitch
