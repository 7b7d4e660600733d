#include "application.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>

#include "event_bus.hpp"
#include "module.hpp"
#include "playback.hpp"
#include "script.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

void respond(switch_core_session& session, std::string_view response) {
    session.channel.set_variable("current_application_response", response);
}

// Plays with the core's callback for the application: a terminator ends it, and events are thrown away.
void playback(switch_core_session& session, const std::string& file) {
    const InputCallback input{[](switch_event_t&) { return SWITCH_STATUS_SUCCESS; },
                              [&](const switch_dtmf_t& dtmf) {
                                  auto ends = session.channel.variable("playback_terminators").value_or("*");
                                  if (same(ends, "any")) ends = "1234567890*#";
                                  const bool is_end = !same(ends, "none") && ends.find(dtmf.digit) != std::string::npos;
                                  return is_end ? SWITCH_STATUS_BREAK : SWITCH_STATUS_SUCCESS;
                              }};
    const auto status = play_file(session, file, &input);
    if (status == SWITCH_STATUS_SUCCESS || status == SWITCH_STATUS_BREAK)
        respond(session, "FILE PLAYED");
    else
        respond(session, status == SWITCH_STATUS_NOTFOUND ? "FILE NOT FOUND" : "PLAYBACK ERROR");
}

// FILE detect:ENGINE GRAMMAR
void play_and_detect(switch_core_session& session, const std::string& data) {
    session.channel.set_variable("detect_speech_result", "");
    const auto at = data.find("detect:");
    const auto detect = at == std::string::npos ? std::vector<std::string>{} : words(data.substr(at + 7), ' ', 2);
    if (detect.size() != 2) return respond(session, "USAGE ERROR");
    std::string result;
    const std::string file{trim(std::string_view{data}.substr(0, at))};
    switch (play_and_detect_speech(session, file, detect[0], detect[1], result, nullptr)) {
        case SWITCH_STATUS_SUCCESS:
            session.channel.set_variable("detect_speech_result", result);
            return respond(session, "DONE");
        case SWITCH_STATUS_GENERR: return respond(session, "GRAMMAR ERROR");
        case SWITCH_STATUS_NOT_INITALIZED: return respond(session, "ASR INIT ERROR");
        default: return respond(session, "ERROR");
    }
}

void set(switch_core_session& session, const std::string& data) {
    if (const auto pair = name_value(data)) session.channel.set_variable(pair->first, pair->second);
}

using Application = void (*)(switch_core_session&, const std::string&);
struct Named {
    std::string_view name;
    Application run;
};
constexpr std::array<Named, 9> applications{{
    {"answer", [](switch_core_session& s, const std::string&) { s.channel.answer(); }},
    {"hangup",
     [](switch_core_session& s, const std::string& why) { s.channel.hang_up(why.empty() ? "NORMAL_CLEARING" : why); }},
    {"park", [](switch_core_session& s, const std::string&) { park(s); }},
    {"sleep", [](switch_core_session& s,
                 const std::string& ms) { static_cast<void>(sleep(s, std::atoi(ms.c_str()), nullptr)); }},
    {"set", &set},
    {"playback", &playback},
    {"detect_speech", &detect_speech_words},
    {"play_and_detect_speech", &play_and_detect},
    {"lua", &run_script},
}};

// The module's, if it has one of that name; held as long as it runs.
std::function<void(switch_core_session&, const std::string&)> module_application(const std::string& name) {
    auto* held = modules().protect_application(name);
    if (held == nullptr) return nullptr;
    return [held](switch_core_session& session, const std::string& data) {
        held->application_function(&session, data.c_str());
        UNPROTECT_INTERFACE(held)
    };
}

void fire(const switch_core_session& session, switch_event_types_t id, const std::string& name,
          const std::string& data) {
    auto event = make_event(id);
    session.channel.add_data(*event);
    add_header(*event, "Application", name);
    add_header(*event, "Application-Data", data);
    if (id == SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE)
        add_header(*event, "Application-Response",
                   session.channel.variable("current_application_response").value_or("_none_"));
    event_bus().fire(std::move(event));
}

}  // namespace

void detect_speech_words(switch_core_session& session, const std::string& text) {
    // A grammar's {parameters} may hold quoted spaces; the core's splitting of words knows quotes only.
    auto argv = fields(text, ' ');
    std::erase_if(argv, [](const std::string& word) { return word.empty(); });
    if (argv.empty()) return log(SWITCH_LOG_ERROR, "detect_speech: no words");
    const auto word = [&argv](std::size_t i) { return i < argv.size() ? argv[i].c_str() : nullptr; };
    constexpr std::array<std::string_view, 10> controls{
        "grammar", "nogrammar", "grammaron", "grammaroff", "grammarsalloff",
        "pause",   "resume",    "stop",      "param",      "start-input-timers"};
    if (argv[0] == "init" && argv.size() >= 2)
        static_cast<void>(detect_speech_init(session, argv[1], word(2)));
    else if (std::ranges::find(controls, argv[0]) != controls.end())
        static_cast<void>(detect_speech_control(session, argv[0], word(1), word(2)));
    else if (argv.size() >= 3)
        static_cast<void>(detect_speech(session, argv[0], argv[1], word(2), word(3)));
}

bool execute(switch_core_session& session, const std::string& name, const std::string& data) {
    std::function<void(switch_core_session&, const std::string&)> run = module_application(name);
    for (const auto& each : applications)
        if (each.name == name) run = each.run;
    if (!run) {
        log(SWITCH_LOG_ERROR, "Invalid Application " + name);
        return false;
    }
    session.channel.set_variable("current_application", name);
    session.channel.unset_variable("current_application_response");
    fire(session, SWITCH_EVENT_CHANNEL_EXECUTE, name, data);
    session.channel.flags[CF_BREAK] = 0;
    run(session, data);
    fire(session, SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE, name, data);
    return true;
}

}  // namespace miniswitch
