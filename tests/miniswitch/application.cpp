#include "application.hpp"

#include "module.hpp"
#include "playback.hpp"
#include "script.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

constexpr const char* response = "current_application_response";

// Plays with the core's callback for the application: a terminator ends it, and events are thrown away.
void playback(switch_core_session& session, const std::string& file) {
    const InputCallback input{[](switch_event_t&) { return SWITCH_STATUS_SUCCESS; },
                              [&](const switch_dtmf_t& dtmf) {
                                  const bool ends = is_terminator(session, dtmf.digit, "*");
                                  return ends ? SWITCH_STATUS_BREAK : SWITCH_STATUS_SUCCESS;
                              }};
    const auto status = play_file(session, file, &input);
    const bool is_played = status == SWITCH_STATUS_SUCCESS || status == SWITCH_STATUS_BREAK;
    session.channel.set(response, is_played                          ? "FILE PLAYED"
                                  : status == SWITCH_STATUS_NOTFOUND ? "FILE NOT FOUND"
                                                                     : "PLAYBACK ERROR");
}

// "FILE detect:ENGINE GRAMMAR". Events that are no results are lost, as there is no callback.
void play_and_detect(switch_core_session& session, const std::string& data) {
    const auto at = std::min(data.find("detect:"), data.size());
    const auto detect = words(std::string_view{data}.substr(std::min(at + 7, data.size())), 2);
    std::string result;
    auto status = SWITCH_STATUS_TERM;
    if (detect.size() == 2)
        status = play_and_detect_speech(session, std::string{trim(data.substr(0, at))}, detect[0], detect[1], result,
                                        nullptr);
    session.channel.set("detect_speech_result", result);
    session.channel.set(response, status == SWITCH_STATUS_SUCCESS          ? "DONE"
                                  : status == SWITCH_STATUS_GENERR         ? "GRAMMAR ERROR"
                                  : status == SWITCH_STATUS_NOT_INITALIZED ? "ASR INIT ERROR"
                                  : status == SWITCH_STATUS_TERM           ? "USAGE ERROR"
                                                                           : "ERROR");
}

// "ENGINE GRAMMAR NAME [DESTINATION]", or an operation on the recognition that runs.
void detect(switch_core_session& session, const std::string& data) {
    const auto argv = fields(data, ' ');
    const auto word = [&argv](std::size_t i) { return i < argv.size() ? argv[i].c_str() : nullptr; };
    static const std::vector<std::string_view> operations{
        "grammar", "nogrammar", "grammaron", "grammaroff", "grammarsalloff",
        "pause",   "resume",    "stop",      "param",      "start-input-timers"};
    if (!argv.empty() && std::ranges::find(operations, argv[0]) != operations.end())
        detect_speech_control(session, argv[0], word(1), word(2));
    else if (argv.size() >= 3)
        static_cast<void>(detect_speech(session, argv[0], argv[1], word(2), word(3)));
    else
        log(SWITCH_LOG_ERROR, "detect_speech: ENGINE GRAMMAR NAME [DESTINATION], not: " + data);
}

void set(switch_core_session& session, const std::string& data) {
    if (const auto pair = name_value(data)) session.channel.set(pair->first, pair->second);
}

using Application = void (*)(switch_core_session&, const std::string&);
struct Named {
    std::string_view name;
    Application run;
};
constexpr Named applications[] = {
    {"answer", [](auto& session, const auto&) { session.channel.answer(); }},
    {"hangup", [](auto& session, const auto& why) { session.channel.hang_up(why.empty() ? "NORMAL_CLEARING" : why); }},
    {"park", [](auto& session, const auto&) { park(session); }},
    {"sleep", [](auto& session, const auto& ms) { static_cast<void>(sleep(session, std::atoi(ms.c_str()), nullptr)); }},
    {"set", &set},
    {"playback", &playback},
    {"detect_speech", &detect},
    {"play_and_detect_speech", &play_and_detect},
    {"lua", &run_script}};

}  // namespace

bool execute(switch_core_session& session, const std::string& name, const std::string& data) {
    const auto* own = std::ranges::find(applications, name, &Named::name);
    const bool is_own = own != std::end(applications);
    auto* held = is_own ? nullptr : modules().protect(&switch_loadable_module_interface::application_interface, name);
    auto& channel = session.channel;
    if (!is_own && held == nullptr) {
        log(SWITCH_LOG_ERROR, "Invalid Application " + name);
        return false;
    }
    channel.set(response, "");
    channel.fire(SWITCH_EVENT_CHANNEL_EXECUTE, {{"Application", name}, {"Application-Data", data}});
    channel.flags[CF_BREAK] = 0;
    if (is_own)
        own->run(session, data);
    else
        held->application_function(&session, data.c_str());
    UNPROTECT_INTERFACE(held)
    channel.fire(
        SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE,
        {{"Application", name}, {"Application-Data", data}, {"Application-Response", channel.get(response, "_none_")}});
    return true;
}

}  // namespace miniswitch
