#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "freeswitch/overrides.hpp"

/// The words of the API and of the application, read into commands. Pure.
namespace asr_stream::freeswitch {

struct StartCommand {
    std::string profile;
    std::string name = "default";
    std::vector<KeyValue> parameters;  ///< settings of the profile, in the order given
};
/// An empty name means the call's only stream, or that named "default".
struct StopCommand {
    std::string name;
    bool now = false;
};
struct PauseCommand {
    std::string name;
};
struct ResumeCommand {
    std::string name;
};
struct SendTextCommand {
    std::string name;
    std::string text;
};
struct StatsCommand {
    std::string name;
    bool json = false;
};
using CallCommand = std::variant<StartCommand, StopCommand, PauseCommand, ResumeCommand, SendTextCommand, StatsCommand>;

enum class Report { status, list, memory, metrics, profiles, version, reload };
struct ModuleCommand {
    Report report{};
    bool json = false;
};

/// What was typed cannot be a command; `reason` says why, in one line.
struct Misuse {
    std::string reason;
};

inline constexpr const char* application_syntax =
    "start <profile> [key=value ...] | stop [now] [name] | pause|resume [name] | send_text [name=<name>] <text> | "
    "stats [name] [json]";
inline constexpr const char* call_syntax =
    "<uuid> start <profile> [key=value ...] | stop [now] [name] | pause|resume [name] | send_text [name=<name>] <text> "
    "| stats [name] [json]";
inline constexpr const char* module_syntax = "status|list|memory|metrics|profiles|reload|version [json]";

inline constexpr std::size_t max_words = 256;
inline constexpr std::size_t max_name_bytes = 64;

/// Words with blanks between. Within '...' everything is itself; within "..." a backslash takes the next character as
/// it is. Quotes may begin inside a word: key='a b'.
[[nodiscard]] tl::expected<std::vector<std::string>, Misuse> split_words(std::string_view line);

/// The first word, and what follows it without the blanks between.
[[nodiscard]] std::pair<std::string_view, std::string_view> split_first(std::string_view line);

/// "start cloud name=a metadata='{"n":1}'", "stop now"; the text of send_text is taken as it stands.
[[nodiscard]] tl::expected<CallCommand, Misuse> parse_call_command(std::string_view line);
/// "status json"
[[nodiscard]] tl::expected<ModuleCommand, Misuse> parse_module_command(std::string_view line);

}  // namespace asr_stream::freeswitch
