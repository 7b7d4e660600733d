#pragma once

// Linked with the Lua that Debian compiles as C++: an error unwinds our frames instead of jumping over them.
#include <lua.hpp>
#include <string>
#include <string_view>

#include "event.hpp"
#include "playback.hpp"

/// What scripts see: `session`, `freeswitch.Event`, `freeswitch.API`, `freeswitch.consoleLog`. Methods that no example
/// and no test uses are not offered and fail by their name.
namespace miniswitch {

void open_freeswitch(lua_State* lua);
void open_session(lua_State* lua, switch_core_session& session);

/// A class with these methods; any other name is an error.
void new_class(lua_State* lua, const char* name, const luaL_Reg* methods, lua_CFunction collect);
/// Pushes an event that belongs to the switch; to be invalidated when the switch takes it back.
switch_event_t** push_borrowed_event(lua_State* lua, switch_event_t& event);
/// Calls the function below its `arguments`; an error is logged with its trace, and popped.
[[nodiscard]] bool call(lua_State* lua, int arguments, int results);

inline void push(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

}  // namespace miniswitch
