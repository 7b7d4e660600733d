#include "base.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <mutex>

namespace miniswitch {
namespace {
std::atomic<int> level_limit{SWITCH_LOG_NOTICE};
}

void set_log_level(int level) { level_limit = level; }

void log(switch_log_level_t level, std::string_view text) {
    static constexpr std::array names{"CONSOLE", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"};
    if (level > level_limit) return;
    while (text.ends_with('\n')) text.remove_suffix(1);
    const auto line = local_time() + " [" + names[level % names.size()] + "] " + std::string{text} + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void fatal(std::string_view text) {
    log(SWITCH_LOG_CONSOLE, text);
    std::abort();
}

std::string print(const char* format, va_list arguments) {
    char* text = nullptr;
    const int size = vasprintf(&text, format, arguments);
    std::string copy = size < 0 ? std::string{} : std::string(text, static_cast<std::size_t>(size));
    if (size >= 0) std::free(text);
    return copy;
}

std::string local_time() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    localtime_r(&now, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string new_uuid() {
    std::string uuid;
    std::ifstream{"/proc/sys/kernel/random/uuid"} >> uuid;
    return uuid;
}

std::string_view trim(std::string_view text) {
    const auto first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

std::vector<std::string> words(std::string_view text, std::size_t most, char separator) {
    std::vector<std::string> found;
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(separator), text.size()));
        if (text.empty()) return found;
        const auto end = found.size() + 1 == most ? text.size() : std::min(text.find(separator), text.size());
        found.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::vector<std::string> fields(std::string_view text, char separator) {
    std::vector<std::string> found{{}};
    bool is_quoted = false;
    for (const char c : text) {
        if (c == '\'')
            is_quoted = !is_quoted;
        else if (c == separator && !is_quoted)
            found.emplace_back();
        else
            found.back().push_back(c);
    }
    for (auto& field : found) field = trim(field);
    std::erase(found, "");
    return found;
}

std::optional<std::pair<std::string, std::string>> braces(std::string_view text) {
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
        if (depth == 0 && i == 0) return std::nullopt;
        if (depth == 0) return std::pair{std::string{text.substr(1, i - 1)}, std::string{text.substr(i + 1)}};
    }
    return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> name_value(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    return std::pair{std::string{trim(text.substr(0, equals))}, std::string{trim(text.substr(equals + 1))}};
}

}  // namespace miniswitch

extern "C" void switch_log_printf(switch_text_channel_t, const char*, const char*, int, const char*,
                                  switch_log_level_t level, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    miniswitch::log(level, miniswitch::print(format, arguments));
    va_end(arguments);
}
