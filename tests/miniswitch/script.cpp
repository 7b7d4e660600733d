#include "script.hpp"

#include <atomic>
#include <memory>

#include "base.hpp"
#include "lua_api.hpp"

namespace miniswitch {
namespace {

std::atomic<bool> is_ending{false};

void set_argv(lua_State* lua, const std::vector<std::string>& argv) {
    lua_newtable(lua);
    for (std::size_t i = 0; i < argv.size(); ++i) {
        push(lua, argv[i]);
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i));
    }
    lua_setglobal(lua, "argv");
}

}  // namespace

void end_scripts() { is_ending = true; }

void new_class(lua_State* lua, const char* name, const luaL_Reg* methods) {
    luaL_newmetatable(lua, name);
    luaL_setfuncs(lua, methods, 0);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
}

bool call(lua_State* lua, int arguments, int results) {
    const int function = lua_gettop(lua) - arguments;
    const auto trace = [](lua_State* l) { return luaL_traceback(l, l, lua_tostring(l, 1), 1), 1; };
    lua_pushcfunction(lua, trace);
    lua_insert(lua, function);
    const bool is_done = lua_pcall(lua, arguments, results, function) == LUA_OK;
    lua_remove(lua, function);
    if (is_done) return true;
    log(SWITCH_LOG_ERROR, or_empty(lua_tostring(lua, -1)));
    lua_pop(lua, 1);
    return false;
}

void run_script(switch_core_session& session, const std::string& data) {
    const auto argv = words(data);
    const std::unique_ptr<lua_State, void (*)(lua_State*)> state{luaL_newstate(), &lua_close};
    auto* lua = state.get();
    luaL_openlibs(lua);
    open_freeswitch(lua);
    open_session(lua, session);
    set_argv(lua, argv);
    const auto stop = [](lua_State* l, lua_Debug*) {
        if (is_ending) luaL_error(l, "the switch is shutting down");
    };
    lua_sethook(lua, stop, LUA_MASKCOUNT, 1000);
    if (argv.empty() ||
        luaL_loadfile(lua, (std::string{SWITCH_GLOBAL_dirs.script_dir} + "/" + argv[0]).c_str()) != LUA_OK)
        return log(SWITCH_LOG_ERROR, argv.empty() ? "lua: no script" : or_empty(lua_tostring(lua, -1)));
    static_cast<void>(call(lua, 0, 0));
}

}  // namespace miniswitch
