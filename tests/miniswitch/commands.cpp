#include "commands.hpp"

#include <array>
#include <cstring>

#include "completion.hpp"
#include "module.hpp"
#include "playback.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

std::function<void()> shut_down;
std::mutex reload_mutex;

constexpr const char* no_channel = "-ERR No such channel!\n";

// [{name=value,...}]wav/FILE &APPLICATION(DATA), the last in quotes or not.
struct Origination {
    std::map<std::string, std::string> variables;
    std::string file;
    std::string application;
    std::string data;
};

bool parse_application(std::string_view text, Origination& call) {
    text = trim(text);
    if (text.size() > 1 && text.front() == '\'' && text.back() == '\'') text = text.substr(1, text.size() - 2);
    if (!text.starts_with('&')) return false;
    const auto open = std::min(text.find('('), text.size());
    call.application = text.substr(1, open - 1);
    if (open < text.size()) call.data = text.substr(open + 1, text.rfind(')') - open - 1);
    return !call.application.empty();
}

bool parse(const std::string& arguments, Origination& call) {
    std::string rest{trim(arguments)};
    if (const auto parts = braces(rest)) {
        for (const auto& field : fields(parts->first, ','))
            if (const auto pair = name_value(field)) call.variables[pair->first] = pair->second;
        rest = parts->second;
    }
    const auto argv = words(rest, ' ', 2);
    if (argv.size() != 2 || !argv[0].starts_with("wav/")) return false;
    call.file = argv[0].substr(4);
    return parse_application(argv[1], call);
}

std::string originate(const std::string& arguments) {
    Origination call;
    if (!parse(arguments, call)) return "-USAGE: [{name=value,...}]wav/FILE|wav/silence &APPLICATION(DATA)\n";
    const auto session = sessions().start(call.file, call.variables, call.application, call.data);
    if (session == nullptr) return "-ERR DESTINATION_OUT_OF_ORDER\n";
    return "+OK " + session->uuid + "\n";
}

std::string uuid_kill(const std::string& arguments) {
    const auto argv = words(arguments);
    if (argv.empty()) return "-USAGE: <uuid> [cause]\n";
    const LockedSession session{sessions().locate(argv[0])};
    if (session == nullptr) return no_channel;
    session->channel.hang_up(argv.size() > 1 ? argv[1] : "NORMAL_CLEARING");
    return "+OK\n";
}

std::string uuid_setvar(const std::string& arguments) {
    const auto argv = words(arguments, ' ', 3);
    if (argv.size() < 2) return "-USAGE: <uuid> <var> [value]\n";
    const LockedSession session{sessions().locate(argv[0])};
    if (session == nullptr) return no_channel;
    switch_channel_set_variable(&session->channel, argv[1].c_str(), argv.size() > 2 ? argv[2].c_str() : nullptr);
    return "+OK\n";
}

std::string uuid_getvar(const std::string& arguments) {
    const auto argv = words(arguments);
    if (argv.size() != 2) return "-USAGE: <uuid> <var>\n";
    const LockedSession session{sessions().locate(argv[0])};
    return session == nullptr ? no_channel : session->channel.variable(argv[1]).value_or("_undef_");
}

std::string uuid_break(const std::string& arguments) {
    const auto argv = words(arguments);
    if (argv.empty()) return "-USAGE: <uuid> [all]\n";
    const LockedSession session{sessions().locate(argv[0])};
    if (session == nullptr) return no_channel;
    session->channel.flags[CF_BREAK] = argv.size() > 1 && argv[1] == "all" ? 2 : 1;
    return "+OK\n";
}

std::string uuid_recv_dtmf(const std::string& arguments) {
    const auto argv = words(arguments);
    if (argv.size() != 2) return "-USAGE: <uuid> <dtmf_data>\n";
    const LockedSession session{sessions().locate(argv[0])};
    if (session == nullptr) return no_channel;
    for (const char digit : argv[1]) session->receive_dtmf(digit);
    return "+OK " + argv[0] + " received DTMF " + argv[1] + ".\n";
}

std::string reload_xml(const std::string&) {
    const char* error = nullptr;
    return switch_xml_reload(&error) == SWITCH_STATUS_SUCCESS ? "+OK [Success]\n" : "-ERR\n";
}

std::string outcome(const std::string& error, const std::string& done, const std::string& failed) {
    return error.empty() ? done : "-ERR " + failed + "[" + error + "]\n";
}

std::string load(const std::string& name) {
    const std::lock_guard guard{reload_mutex};
    return "+OK Reloading XML\n" + outcome(modules().load(trim(name)), "+OK\n", "");
}

// "[-f] NAME"
std::pair<bool, std::string> forced(const std::string& arguments) {
    const auto argv = words(arguments, ' ', 2);
    if (argv.size() == 2 && argv[0] == "-f") return {true, argv[1]};
    return {false, argv.empty() ? "" : argv[0]};
}

std::string unload(const std::string& arguments) {
    const std::lock_guard guard{reload_mutex};
    const auto [force, name] = forced(arguments);
    if (name.empty()) return "-USAGE: [-f] <mod_name>\n";
    return outcome(modules().unload(name, force), "+OK\n", "");
}

std::string reload(const std::string& arguments) {
    const std::lock_guard guard{reload_mutex};
    const auto [force, name] = forced(arguments);
    if (name.empty()) return "-USAGE: [-f] <mod_name>\n";
    auto answer =
        "+OK Reloading XML\n" + outcome(modules().unload(name, force), "+OK module unloaded\n", "unloading module ");
    return answer + outcome(modules().load(name), "+OK module loaded\n", "loading module ");
}

std::string fault(const std::string& assignment) {
    if (trim(assignment).empty()) return faults().list();
    const auto error = faults().set(assignment);
    return error.empty() ? "+OK\n" : "-ERR " + error + "\n";
}

std::string end(const std::string&) {
    shut_down();
    return "+OK\n";
}

struct Named {
    std::string_view name;
    std::string (*run)(const std::string&);
};
constexpr std::array<Named, 13> commands{{{"originate", &originate},
                                          {"uuid_kill", &uuid_kill},
                                          {"uuid_setvar", &uuid_setvar},
                                          {"uuid_getvar", &uuid_getvar},
                                          {"uuid_break", &uuid_break},
                                          {"uuid_recv_dtmf", &uuid_recv_dtmf},
                                          {"reloadxml", &reload_xml},
                                          {"load", &load},
                                          {"unload", &unload},
                                          {"reload", &reload},
                                          {"console_complete", &complete},
                                          {"fault", &fault},
                                          {"shutdown", &end}}};

// The stream that an API function of the module writes its answer to: `data` is a std::string.
switch_status_t write(switch_stream_handle_t* stream, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    static_cast<std::string*>(stream->data)->append(print(format, arguments));
    va_end(arguments);
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t write_raw(switch_stream_handle_t* stream, std::uint8_t* data, switch_size_t size) {
    static_cast<std::string*>(stream->data)->append(reinterpret_cast<const char*>(data), size);
    return SWITCH_STATUS_SUCCESS;
}

}  // namespace

std::string run_api(std::string_view name, const std::string& arguments, switch_core_session_t* session) {
    sessions().reap();
    for (const auto& command : commands)
        if (command.name == name) return command.run(arguments);
    auto* held = modules().protect_api(name);
    if (held == nullptr) return "-ERR " + std::string{name} + " Command not found!\n";
    std::string answer;
    switch_stream_handle_t stream{&write, &write_raw, &answer};
    const auto status = held->function(arguments.empty() ? nullptr : arguments.c_str(), session, &stream);
    UNPROTECT_INTERFACE(held)
    if (status != SWITCH_STATUS_SUCCESS) answer += "-ERR Command returned an error!\n";
    return answer;
}

void set_shutdown_action(std::function<void()> action) { shut_down = std::move(action); }

}  // namespace miniswitch
