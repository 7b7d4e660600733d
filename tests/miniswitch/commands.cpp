#include "commands.hpp"

#include <csignal>

#include "module.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

// "[{name=value,...}]wav/FILE &APPLICATION(DATA)", the last in quotes or not.
std::string originate(const std::string& arguments) {
    constexpr const char* usage = "-USAGE: [{name=value,...}]wav/FILE|wav/silence &APPLICATION[(DATA)]\n";
    const auto [list, rest] = braces(arguments).value_or(std::pair{std::string{}, arguments});
    Variables variables;
    for (const auto& field : fields(list, ','))
        if (const auto pair = name_value(field)) variables[pair->first] = pair->second;
    const auto argv = words(rest, 2);
    if (argv.size() != 2 || !argv[0].starts_with("wav/")) return usage;
    auto application = std::string{trim(argv[1])};
    std::erase(application, '\'');
    if (!application.starts_with('&')) return usage;
    const auto open = std::min(application.find('('), application.size());
    const auto data = open == application.size() ? "" : application.substr(open + 1, application.rfind(')') - open - 1);
    const auto session = sessions().start(argv[0].substr(4), variables, application.substr(1, open - 1), data);
    return session == nullptr ? "-ERR DESTINATION_OUT_OF_ORDER\n" : "+OK " + session->uuid + "\n";
}

// Commands on one call: "UUID [WORD [REST]]".
using CallCommand = std::string (*)(switch_core_session&, const std::string& word, const std::string& rest);

std::string kill(switch_core_session& session, const std::string& cause, const std::string&) {
    session.channel.hang_up(cause.empty() ? "NORMAL_CLEARING" : cause);
    return "+OK\n";
}

std::string set_variable(switch_core_session& session, const std::string& name, const std::string& value) {
    if (name.empty()) return "-USAGE: <uuid> <var> [value]\n";
    session.channel.set(name, value);
    return "+OK\n";
}

std::string get_variable(switch_core_session& session, const std::string& name, const std::string&) {
    return session.channel.get(name, "_undef_");
}

std::string break_playback(switch_core_session& session, const std::string&, const std::string&) {
    session.channel.flags[CF_BREAK] = 1;
    return "+OK\n";
}

std::string press(switch_core_session& session, const std::string& digits, const std::string&) {
    for (const char digit : digits) session.receive_dtmf(digit);
    return "+OK\n";
}

template <CallCommand run>
std::string on_call(const std::string& arguments) {
    auto argv = words(arguments, 3);
    if (argv.empty()) return "-USAGE: <uuid> ...\n";
    argv.resize(3);
    const auto session = sessions().locate(argv[0]);
    return session == nullptr ? "-ERR No such channel!\n" : run(*session, argv[1], argv[2]);
}

std::string outcome(const std::string& error, const char* done, const char* failed = "") {
    return error.empty() ? done : std::string{"-ERR "} + failed + "[" + error + "]\n";
}

std::string load(const std::string& name) {
    return "+OK Reloading XML\n" + outcome(modules().load(trim(name)), "+OK\n");
}

std::string unload(const std::string& arguments) {
    const bool force = arguments.starts_with("-f ");
    return outcome(modules().unload(trim(std::string_view{arguments}.substr(force ? 3 : 0)), force), "+OK\n");
}

std::string reload(const std::string& arguments) {
    const bool force = arguments.starts_with("-f ");
    const auto name = trim(std::string_view{arguments}.substr(force ? 3 : 0));
    auto answer = outcome(modules().unload(name, force), "+OK module unloaded\n", "unloading module ");
    return "+OK Reloading XML\n" + answer + outcome(modules().load(name), "+OK module loaded\n", "loading module ");
}

std::string reload_xml(const std::string&) {
    const char* error = nullptr;
    switch_xml_reload(&error);
    return "+OK [Success]\n";
}

std::string fault(const std::string& assignment) {
    return assignment.empty() ? faults().list() : outcome(faults().set(trim(assignment)), "+OK\n");
}

std::string shut_down(const std::string&) {
    ::kill(getpid(), SIGTERM);
    return "+OK\n";
}

struct Named {
    std::string_view name;
    std::string (*run)(const std::string&);
};
constexpr Named commands[] = {{"originate", &originate},
                              {"uuid_kill", &on_call<&kill>},
                              {"uuid_setvar", &on_call<&set_variable>},
                              {"uuid_getvar", &on_call<&get_variable>},
                              {"uuid_break", &on_call<&break_playback>},
                              {"uuid_recv_dtmf", &on_call<&press>},
                              {"load", &load},
                              {"unload", &unload},
                              {"reload", &reload},
                              {"reloadxml", &reload_xml},
                              {"fault", &fault},
                              {"shutdown", &shut_down}};

// What an API function of the module writes its answer with: `data` is a std::string.
switch_status_t write(switch_stream_handle_t* stream, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    static_cast<std::string*>(stream->data)->append(print(format, arguments));
    va_end(arguments);
    return SWITCH_STATUS_SUCCESS;
}

}  // namespace

std::string run_api(const std::string& command) {
    sessions().reap();
    auto argv = words(command, 2);
    argv.resize(2);
    const auto* own = std::ranges::find(commands, argv[0], &Named::name);
    if (own != std::end(commands)) return own->run(argv[1]);
    auto* held = modules().protect(&switch_loadable_module_interface::api_interface, argv[0]);
    if (held == nullptr) return "-ERR " + argv[0] + " Command not found!\n";
    std::string answer;
    switch_stream_handle_t stream{&write, &answer};
    held->function(argv[1].empty() ? nullptr : argv[1].c_str(), nullptr, &stream);
    UNPROTECT_INTERFACE(held)
    return answer.empty() ? "-ERR no reply\n" : answer;
}

}  // namespace miniswitch
