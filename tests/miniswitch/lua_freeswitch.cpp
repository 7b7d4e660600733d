#include <array>

#include "commands.hpp"
#include "event_bus.hpp"
#include "log.hpp"
#include "lua.hpp"
#include "text.hpp"

namespace miniswitch {
namespace {

constexpr const char* event_class = "Event";
constexpr const char* api_class = "API";

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

int push_or_nil(lua_State* lua, const char* text) {
    lua_pushstring(lua, text);  // nil for a null pointer
    return 1;
}

int new_event(lua_State* lua) {
    const auto id = event_id(luaL_checkstring(lua, 1));
    if (!id) return luaL_error(lua, "miniswitch does not offer the event %s", lua_tostring(lua, 1));
    push_event(lua, make_event(*id, luaL_optstring(lua, 2, nullptr)).release(), true);
    return 1;
}

int add_event_header(lua_State* lua) {
    add_header(self(lua), luaL_checkstring(lua, 2), luaL_checkstring(lua, 3));
    lua_pushboolean(lua, 1);
    return 1;
}

int add_body(lua_State* lua) {
    set_body(self(lua), luaL_checkstring(lua, 2));
    lua_pushboolean(lua, 1);
    return 1;
}

int fire(lua_State* lua) {
    event_bus().fire(copy(self(lua)));
    lua_pushboolean(lua, 1);
    return 1;
}

int get_header(lua_State* lua) { return push_or_nil(lua, header(self(lua), luaL_checkstring(lua, 2))); }
int get_body(lua_State* lua) { return push_or_nil(lua, self(lua).body); }

int get_type(lua_State* lua) {
    push(lua, event_name(self(lua).event_id));
    return 1;
}

int collect_event(lua_State* lua) {
    const auto* held = static_cast<ScriptEvent*>(luaL_checkudata(lua, 1, event_class));
    if (held->is_owned) destroy(held->event);
    return 0;
}

int new_api(lua_State* lua) {
    lua_newuserdata(lua, 1);
    luaL_setmetatable(lua, api_class);
    return 1;
}

int execute_api(lua_State* lua) {
    push(lua, run_api(luaL_checkstring(lua, 2), luaL_optstring(lua, 3, "")));
    return 1;
}

int execute_string(lua_State* lua) {
    const auto argv = words(luaL_checkstring(lua, 2), ' ', 2);
    push(lua, argv.empty() ? "" : run_api(argv[0], argv.size() > 1 ? argv[1] : ""));
    return 1;
}

int console_log(lua_State* lua) {
    struct Level {
        std::string_view name;
        switch_log_level_t level;
    };
    constexpr std::array<Level, 9> levels{{{"console", SWITCH_LOG_CONSOLE},
                                           {"alert", SWITCH_LOG_ALERT},
                                           {"crit", SWITCH_LOG_CRIT},
                                           {"err", SWITCH_LOG_ERROR},
                                           {"error", SWITCH_LOG_ERROR},
                                           {"warning", SWITCH_LOG_WARNING},
                                           {"notice", SWITCH_LOG_NOTICE},
                                           {"info", SWITCH_LOG_INFO},
                                           {"debug", SWITCH_LOG_DEBUG}}};
    for (const auto& [name, level] : levels)
        if (same(name, luaL_checkstring(lua, 1))) log(level, luaL_checkstring(lua, 2));
    return 0;
}

constexpr luaL_Reg event_methods[] = {
    {"addHeader", &add_event_header}, {"addBody", &add_body}, {"fire", &fire},   {"getHeader", &get_header},
    {"getBody", &get_body},           {"getType", &get_type}, {nullptr, nullptr}};
constexpr luaL_Reg api_methods[] = {{"execute", &execute_api}, {"executeString", &execute_string}, {nullptr, nullptr}};
constexpr luaL_Reg functions[] = {
    {"Event", &new_event}, {"API", &new_api}, {"consoleLog", &console_log}, {nullptr, nullptr}};

}  // namespace

switch_event_t** push_borrowed_event(lua_State* lua, switch_event_t& event) {
    return &push_event(lua, &event, false)->event;
}

void open_freeswitch(lua_State* lua) {
    new_class(lua, event_class, event_methods, &collect_event);
    new_class(lua, api_class, api_methods, nullptr);
    luaL_newlib(lua, functions);
    lua_setglobal(lua, "freeswitch");
}

}  // namespace miniswitch
