#include "freeswitch/command.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/nearest.hpp"
#include "engine/setting_values.hpp"

namespace asr_stream::freeswitch {
namespace {

using Words = std::vector<std::string>;
template <class T>
using Parsed = tl::expected<T, Misuse>;

[[nodiscard]] tl::unexpected<Misuse> misuse(std::string reason) {
    return tl::unexpected<Misuse>{Misuse{std::move(reason)}};
}

[[nodiscard]] bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

[[nodiscard]] std::string_view without_blanks(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Names are shown in events, logs and URLs of playback, so they are plain.
[[nodiscard]] Parsed<std::string> checked_name(std::string_view name) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    };
    if (!name.empty() && name.size() <= max_name_bytes && std::all_of(name.begin(), name.end(), is_plain))
        return std::string{name};
    return misuse("name=" + engine::printable(name) + ": allowed are 1 to " + std::to_string(max_name_bytes) +
                  " letters, digits, dots, dashes and underscores");
}

/// "name=a" or "a".
[[nodiscard]] Parsed<std::string> name_of_word(std::string_view word) {
    constexpr std::string_view key = "name=";
    return checked_name(word.starts_with(key) ? word.substr(key.size()) : word);
}

[[nodiscard]] Parsed<CallCommand> parse_start(const Words& words) {
    if (words.empty() || words.front().empty() || words.front().find('=') != std::string::npos)
        return misuse("start needs a profile");
    StartCommand command;
    command.profile = words.front();
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
        const auto equals = word->find('=');
        if (equals == 0 || equals == std::string::npos)
            return misuse(engine::printable(*word) + ": only key=value may follow the profile");
        const std::string_view key = std::string_view{*word}.substr(0, equals);
        if (key == "name") {
            auto name = checked_name(std::string_view{*word}.substr(equals + 1));
            if (!name) return tl::unexpected{std::move(name).error()};
            command.name = *std::move(name);
        } else {
            command.parameters.emplace_back(key, word->substr(equals + 1));
        }
    }
    return command;
}

/// At most one name and at most one `flag`, in any order.
struct NameAndFlag {
    std::string name;
    bool flag = false;
};
[[nodiscard]] Parsed<NameAndFlag> parse_name(const Words& words, std::string_view verb, std::string_view flag) {
    NameAndFlag parsed;
    for (const std::string& word : words) {
        if (!flag.empty() && word == flag && !parsed.flag) {
            parsed.flag = true;
            continue;
        }
        if (!parsed.name.empty()) return misuse(std::string{verb} + " takes one name");
        auto name = name_of_word(word);
        if (!name) return tl::unexpected{std::move(name).error()};
        parsed.name = *std::move(name);
    }
    return parsed;
}

[[nodiscard]] Parsed<CallCommand> parse_send_text(std::string_view rest) {
    SendTextCommand command;
    constexpr std::string_view key = "name=";
    if (rest.starts_with(key)) {
        const auto [word, text] = split_first(rest);
        auto name = name_of_word(word);
        if (!name) return tl::unexpected{std::move(name).error()};
        command.name = *std::move(name);
        rest = text;
    }
    if (rest.empty()) return misuse("send_text needs a text");
    command.text = rest;
    return command;
}

constexpr std::array<std::string_view, 6> call_verbs{"start", "stop", "pause", "resume", "send_text", "stats"};
constexpr std::array<std::string_view, 7> reports{"status",   "list",    "memory", "metrics",
                                                  "profiles", "version", "reload"};

[[nodiscard]] std::string unknown_word(std::string_view word, std::span<const std::string_view> valid) {
    const auto near = nearest(word, valid);
    return engine::printable(word) + " is not known here" +
           (near.empty() ? std::string{} : "; did you mean " + std::string{near} + "?");
}

template <class Command>
[[nodiscard]] Parsed<CallCommand> named(Parsed<NameAndFlag> parsed) {
    if (!parsed) return tl::unexpected{std::move(parsed).error()};
    return Command{std::move(parsed->name)};
}

template <class Command>
[[nodiscard]] Parsed<CallCommand> named_and_flagged(Parsed<NameAndFlag> parsed) {
    if (!parsed) return tl::unexpected{std::move(parsed).error()};
    return Command{std::move(parsed->name), parsed->flag};
}

}  // namespace

tl::expected<std::vector<std::string>, Misuse> split_words(std::string_view line) {
    Words words;
    bool in_word = false;
    char quote = '\0';
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (quote == '\0' && is_blank(c)) {
            in_word = false;
            continue;
        }
        if (!in_word) {
            if (words.size() == max_words) return misuse("more than " + std::to_string(max_words) + " words");
            words.emplace_back();
            in_word = true;
        }
        if (c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else {
            const bool escapes = quote == '"' && c == '\\' && at + 1 < line.size();
            words.back() += escapes ? line[++at] : c;
        }
    }
    if (quote != '\0') return misuse(std::string{"a closing "} + quote + " is missing");
    return words;
}

std::pair<std::string_view, std::string_view> split_first(std::string_view line) {
    line = without_blanks(line);
    const auto end = static_cast<std::size_t>(std::find_if(line.begin(), line.end(), is_blank) - line.begin());
    return {line.substr(0, end), without_blanks(line.substr(end))};
}

tl::expected<CallCommand, Misuse> parse_call_command(std::string_view line) {
    const auto [verb, rest] = split_first(line);
    if (verb == "send_text") return parse_send_text(rest);
    const auto words = split_words(rest);
    if (!words) return tl::unexpected{words.error()};
    if (verb == "start") return parse_start(*words);
    if (verb == "stop") return named_and_flagged<StopCommand>(parse_name(*words, verb, "now"));
    if (verb == "pause") return named<PauseCommand>(parse_name(*words, verb, ""));
    if (verb == "resume") return named<ResumeCommand>(parse_name(*words, verb, ""));
    if (verb == "stats") return named_and_flagged<StatsCommand>(parse_name(*words, verb, "json"));
    return misuse(verb.empty() ? "a command is missing" : unknown_word(verb, call_verbs));
}

tl::expected<ModuleCommand, Misuse> parse_module_command(std::string_view line) {
    const auto [word, rest] = split_first(line);
    const auto report = std::find(reports.begin(), reports.end(), word);
    if (report == reports.end()) return misuse(word.empty() ? "a command is missing" : unknown_word(word, reports));
    if (!rest.empty() && rest != "json") return misuse("only json may follow " + std::string{word});
    return ModuleCommand{static_cast<Report>(report - reports.begin()), !rest.empty()};
}

}  // namespace asr_stream::freeswitch
