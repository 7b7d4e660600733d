#include "freeswitch/console.hpp"

#include <array>
#include <asr_stream/settings.hpp>
#include <string>

#include "freeswitch/module.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {
namespace {

constexpr const char* list_profiles = "::asr_stream::list_profiles";
constexpr const char* list_settings = "::asr_stream::list_settings";
constexpr const char* list_streams = "::asr_stream::list_streams";

constexpr int max_completed_settings = 6;  ///< the switch completes ten words of a line

constexpr std::array reports{"status", "list", "memory", "metrics", "profiles", "reload", "version"};
constexpr std::array<const char*, 2> commands{"asr_stream", "uuid_asr_stream"};

/// Collects matches of what is typed so far and hands them over, if there are any.
class Matches {
  public:
    explicit Matches(const char* cursor) : cursor_{view(cursor)} {}
    void offer(const std::string& word) {
        if (word.starts_with(cursor_)) switch_console_push_match(&matches_, word.c_str());
    }
    [[nodiscard]] switch_status_t hand_over(switch_console_callback_match_t** matches) {
        if (matches_ == nullptr) return SWITCH_STATUS_FALSE;
        *matches = matches_;
        return SWITCH_STATUS_SUCCESS;
    }

  private:
    std::string_view cursor_;
    switch_console_callback_match_t* matches_ = nullptr;
};

extern "C" switch_status_t asr_stream_complete_profile(const char* /*line*/, const char* cursor,
                                                       switch_console_callback_match_t** matches) {
    return c_entry("completion", [&] {
        Matches found{cursor};
        if (const auto module = Module::current()) {
            const auto configuration = module->configuration();
            for (const auto& [name, profile] : configuration->profiles) found.offer(name);
        }
        return found.hand_over(matches);
    });
}

extern "C" switch_status_t asr_stream_complete_setting(const char* /*line*/, const char* cursor,
                                                       switch_console_callback_match_t** matches) {
    return c_entry("completion", [&] {
        Matches found{cursor};
        found.offer("name=");
        for (const SettingInfo& setting : profile_settings()) found.offer(std::string{setting.name} + "=");
        return found.hand_over(matches);
    });
}

extern "C" switch_status_t asr_stream_complete_stream(const char* line, const char* cursor,
                                                      switch_console_callback_match_t** matches) {
    return c_entry("completion", [&] {
        Matches found{cursor};
        const auto module = Module::current();
        if (!module) return found.hand_over(matches);
        for (const auto& stream : module->streams()) {
            if (view(line).find(stream->uuid()) != std::string_view::npos) found.offer(stream->name());
        }
        return found.hand_over(matches);
    });
}

}  // namespace

void add_console_completion() {
    static_cast<void>(switch_console_add_complete_func(list_profiles, asr_stream_complete_profile));
    static_cast<void>(switch_console_add_complete_func(list_settings, asr_stream_complete_setting));
    static_cast<void>(switch_console_add_complete_func(list_streams, asr_stream_complete_stream));
    for (const std::string report : reports) {
        const bool has_json = report != "metrics" && report != "reload" && report != "version";
        static_cast<void>(
            switch_console_set_complete(("add asr_stream " + report + (has_json ? " json" : "")).c_str()));
    }
    const std::string call = "add uuid_asr_stream ::console::list_uuid ";
    for (const std::string verb : {"stop", "pause", "resume", "stats"})
        static_cast<void>(switch_console_set_complete((call + verb + " " + list_streams).c_str()));
    static_cast<void>(switch_console_set_complete((call + "send_text").c_str()));
    std::string start = call + "start " + list_profiles;
    for (int word = 0; word < max_completed_settings; ++word) start.append(" ").append(list_settings);
    static_cast<void>(switch_console_set_complete(start.c_str()));
}

void remove_console_completion() {
    for (const std::string command : commands)
        static_cast<void>(switch_console_set_complete(("del " + command).c_str()));
    for (const char* function : {list_profiles, list_settings, list_streams})
        static_cast<void>(switch_console_del_complete_func(function));
}

}  // namespace asr_stream::freeswitch
