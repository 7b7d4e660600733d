#include <string>

#include "freeswitch/call_actions.hpp"
#include "freeswitch/call_log.hpp"
#include "freeswitch/command.hpp"
#include "freeswitch/interfaces.hpp"
#include "freeswitch/module.hpp"

namespace asr_stream::freeswitch {
namespace {

/// What the API would have answered, for the dialplan to look at.
constexpr const char* result_variable = "asr_stream_result";

/// Written while the module is being loaded; a stream that the application started holds it.
switch_application_interface_t* application = nullptr;

[[nodiscard]] Reply run(switch_core_session_t* session, std::string_view line) {
    const auto command = parse_call_command(line);
    if (!command)
        return {false,
                std::string{"-USAGE: "} + module_name + " " + application_syntax + " (" + command.error().reason + ")"};
    const auto module = Module::current();
    if (!module) return error("shutting down");
    const std::string uuid = switch_core_session_get_uuid(session);
    return execute(*module, uuid, session, *command, [] { return InterfaceHold{application}; });
}

extern "C" void asr_stream_application(switch_core_session_t* session, const char* data) {
    static_cast<void>(c_entry("application", [&] {
        const Reply reply = run(session, view(data));
        switch_channel_set_variable(switch_core_session_get_channel(session), result_variable, reply.text.c_str());
        if (!reply.is_ok) log_line(LogLevel::error, switch_core_session_get_uuid(session), reply.text);
        return SWITCH_STATUS_SUCCESS;
    }));
}

}  // namespace

void register_application_interface(switch_loadable_module_interface_t* module) {
    switch_loadable_module_interface_t** module_interface = &module;
    SWITCH_ADD_APP(application, module_name, "Stream to a speech recognition service",
                   "Starts, stops and controls streams of this call to a speech recognition service",
                   asr_stream_application, application_syntax, SAF_MEDIA_TAP)
}

}  // namespace asr_stream::freeswitch
