#pragma once

// Linked with the Lua that Debian compiles as C++: an error unwinds our frames instead of jumping over them.
#include <lua.hpp>
#include <string_view>

#include "switch.h"

/// What scripts see. Methods that no example and no test uses are not there: calling one fails by its name.
namespace miniswitch {

/// `freeswitch.Event` and `freeswitch.consoleLog`.
void open_freeswitch(lua_State* lua);
/// The global `session`.
void open_session(lua_State* lua, switch_core_session& session);

/// Makes the metatable `name` with these methods.
void new_class(lua_State* lua, const char* name, const luaL_Reg* methods);
/// Pushes an event that belongs to the switch; to be set to null when the switch takes it back.
switch_event_t** push_borrowed_event(lua_State* lua, switch_event_t& event);
/// Calls the function below its `arguments`; an error is logged with its trace, and popped.
[[nodiscard]] bool call(lua_State* lua, int arguments, int results);

inline int push(lua_State* lua, std::string_view text) { return lua_pushlstring(lua, text.data(), text.size()), 1; }

}  // namespace miniswitch
