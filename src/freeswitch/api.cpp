#include <string>

#include "freeswitch/call_actions.hpp"
#include "freeswitch/call_log.hpp"
#include "freeswitch/command.hpp"
#include "freeswitch/interfaces.hpp"
#include "freeswitch/module.hpp"
#include "freeswitch/module_reports.hpp"

namespace asr_stream::freeswitch {
namespace {

constexpr const char* call_api_name = "uuid_asr_stream";
constexpr const char* module_api_name = "asr_stream";

/// Written while the module is being loaded; a stream that the API started holds it.
switch_api_interface_t* call_api = nullptr;

void write(switch_stream_handle_t* stream, const std::string& text) {
    stream->write_function(stream, "%s\n", text.c_str());
}

[[nodiscard]] std::string usage(const char* name, const char* syntax, const Misuse& misuse) {
    return std::string{"-USAGE: "} + name + " " + syntax + " (" + misuse.reason + ")";
}

[[nodiscard]] Reply run_call_command(std::string_view line) {
    const auto [word, rest] = split_first(line);
    const std::string uuid{word};
    const auto command = uuid.empty() ? tl::unexpected{Misuse{"a uuid is missing"}} : parse_call_command(rest);
    if (!command) return {false, usage(call_api_name, call_syntax, command.error())};
    const auto module = Module::current();
    if (!module) return error("shutting down");
    const auto session = locate(uuid);
    return execute(*module, uuid, session.get(), *command, [] { return InterfaceHold{call_api}; });
}

[[nodiscard]] Reply reload(Module& module) {
    const char* problem = nullptr;
    if (switch_xml_reload(&problem) != SWITCH_STATUS_SUCCESS)
        return error("the switch's XML: " + std::string{view(problem)});
    const auto note = module.reload();
    if (!note) {
        log_line(LogLevel::error, {}, "not reloaded, the running configuration stays: " + note.error().message());
        return error(note.error().message());
    }
    return ok(note->empty() ? "" : "but these take effect at the next load: " + *note);
}

[[nodiscard]] Reply run_module_command(std::string_view line) {
    const auto command = parse_module_command(line);
    if (!command) return {false, usage(module_api_name, module_syntax, command.error())};
    const auto module = Module::current();
    if (!module) return error("shutting down");
    if (command->report == Report::reload) return reload(*module);
    return {true, report(*module, *command)};
}

/// A reply for whatever is thrown, so that the one who asked is not left without.
template <class Run>
[[nodiscard]] switch_status_t reply(const char* where, const char* line, switch_stream_handle_t* stream,
                                    const Run& run) noexcept {
    return c_entry(where, [&] {
        Reply answer = error("out of memory");
        try {
            answer = run(view(line));
        } catch (const std::bad_alloc&) {  // answered as it is
        }
        write(stream, answer.text);
        return SWITCH_STATUS_SUCCESS;
    });
}

extern "C" switch_status_t asr_stream_call_api(const char* line, switch_core_session_t* /*session*/,
                                               switch_stream_handle_t* stream) {
    return reply(call_api_name, line, stream, run_call_command);
}

extern "C" switch_status_t asr_stream_module_api(const char* line, switch_core_session_t* /*session*/,
                                                 switch_stream_handle_t* stream) {
    return reply(module_api_name, line, stream, run_module_command);
}

}  // namespace

void register_api_interfaces(switch_loadable_module_interface_t* module) {
    switch_loadable_module_interface_t** module_interface = &module;
    SWITCH_ADD_API(call_api, call_api_name, "Streams a call to a speech recognition service", asr_stream_call_api,
                   call_syntax)
    switch_api_interface_t* api = nullptr;
    SWITCH_ADD_API(api, module_api_name, "State of the speech streams", asr_stream_module_api, module_syntax)
}

}  // namespace asr_stream::freeswitch
