#include "script.hpp"

#include <atomic>
#include <filesystem>
#include <memory>

#include "log.hpp"
#include "lua.hpp"
#include "text.hpp"

namespace miniswitch {
namespace {

std::string script_folder;
std::atomic<bool> is_ending{false};

int add_trace(lua_State* lua) {
    luaL_traceback(lua, lua, lua_tostring(lua, 1), 1);
    return 1;
}

void stop_when_ending(lua_State* lua, lua_Debug*) {
    if (is_ending) luaL_error(lua, "the switch is shutting down");
}

int refuse_method(lua_State* lua) { return luaL_error(lua, "miniswitch does not offer %s", luaL_checkstring(lua, 2)); }

void set_argv(lua_State* lua, const std::vector<std::string>& argv) {
    lua_newtable(lua);
    for (std::size_t i = 0; i < argv.size(); ++i) {
        push(lua, argv[i]);
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i));
    }
    lua_setglobal(lua, "argv");
}

}  // namespace

void set_script_folder(std::string folder) { script_folder = std::move(folder); }
void end_scripts() { is_ending = true; }

void new_class(lua_State* lua, const char* name, const luaL_Reg* methods, lua_CFunction collect) {
    luaL_newmetatable(lua, name);
    lua_newtable(lua);
    luaL_setfuncs(lua, methods, 0);
    lua_newtable(lua);
    lua_pushcfunction(lua, &refuse_method);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_setfield(lua, -2, "__index");
    if (collect != nullptr) {
        lua_pushcfunction(lua, collect);
        lua_setfield(lua, -2, "__gc");
    }
    lua_pop(lua, 1);
}

bool call(lua_State* lua, int arguments, int results) {
    const int function = lua_gettop(lua) - arguments;
    lua_pushcfunction(lua, &add_trace);
    lua_insert(lua, function);
    const bool is_done = lua_pcall(lua, arguments, results, function) == LUA_OK;
    lua_remove(lua, function);
    if (is_done) return true;
    log(SWITCH_LOG_ERROR, or_empty(lua_tostring(lua, -1)));
    lua_pop(lua, 1);
    return false;
}

void run_script(switch_core_session& session, const std::string& text) {
    const auto argv = words(text);
    if (argv.empty()) return log(SWITCH_LOG_ERROR, "lua: no script");
    const std::unique_ptr<lua_State, void (*)(lua_State*)> state{luaL_newstate(), &lua_close};
    auto* lua = state.get();
    luaL_openlibs(lua);
    open_freeswitch(lua);
    open_session(lua, session);
    set_argv(lua, argv);
    lua_sethook(lua, &stop_when_ending, LUA_MASKCOUNT, 1000);
    const auto path = std::filesystem::path{script_folder} / argv[0];
    if (luaL_loadfile(lua, path.c_str()) != LUA_OK) return log(SWITCH_LOG_ERROR, or_empty(lua_tostring(lua, -1)));
    static_cast<void>(call(lua, 0, 0));
}

}  // namespace miniswitch
