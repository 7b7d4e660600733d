#include "text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <random>

namespace miniswitch {

std::string print(const char* format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    const int length = std::vsnprintf(nullptr, 0, format, arguments);
    std::string text(static_cast<std::size_t>(std::max(length, 0)), '\0');
    std::vsnprintf(text.data(), text.size() + 1, format, again);
    va_end(again);
    return text;
}

std::string local_time() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    localtime_r(&now, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string new_uuid() {
    static std::mutex mutex;
    static std::mt19937_64 random{std::random_device{}()};
    const std::lock_guard guard{mutex};
    const auto high = random();
    const auto low = random();
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(high >> 32U),
                  static_cast<unsigned>(high >> 16U) & 0xffffU, static_cast<unsigned>(high) & 0xfffU,
                  0x8000U | (static_cast<unsigned>(low >> 48U) & 0x3fffU),
                  static_cast<unsigned long long>(low & 0xffffffffffffULL));
    return text.data();
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string> words(std::string_view text, char separator, std::size_t most) {
    std::vector<std::string> found;
    while (!text.empty()) {
        if (text.front() == separator) {
            text.remove_prefix(1);
            continue;
        }
        const auto end = found.size() + 1 == most ? text.size() : std::min(text.find(separator), text.size());
        found.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return found;
}

std::vector<std::string> fields(std::string_view text, char separator) {
    std::vector<std::string> found;
    std::string field;
    bool is_quoted = false;
    for (const char c : text) {
        if (c == '\'') {
            is_quoted = !is_quoted;
        } else if (c == separator && !is_quoted) {
            found.emplace_back(trim(std::exchange(field, {})));
        } else {
            field.push_back(c);
        }
    }
    if (!trim(field).empty()) found.emplace_back(trim(field));
    return found;
}

std::optional<std::pair<std::string, std::string>> braces(std::string_view text) {
    if (!text.starts_with('{')) return std::nullopt;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '{') ++depth;
        if (text[i] == '}' && --depth == 0)
            return std::pair{std::string{text.substr(1, i - 1)}, std::string{text.substr(i + 1)}};
    }
    return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> name_value(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    return std::pair{std::string{trim(text.substr(0, equals))}, std::string{trim(text.substr(equals + 1))}};
}

bool is_true(std::string_view text) {
    for (const auto* word : {"yes", "on", "true", "t", "enabled", "active", "allow"})
        if (same(text, word)) return true;
    return std::atoi(std::string{text}.c_str()) != 0;
}

}  // namespace miniswitch
