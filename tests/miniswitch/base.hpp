#pragma once

#include <strings.h>

#include <algorithm>
#include <cstdarg>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "switch.h"

namespace miniswitch {

/// Lines above this level are not written; --log sets it.
void set_log_level(int level);
void log(switch_log_level_t level, std::string_view text);
/// For what only a defect can cause: one line, then abort.
[[noreturn]] void fatal(std::string_view text);

/// As printf does.
[[nodiscard]] std::string print(const char* format, va_list arguments);
/// Now, as "2026-01-31 23:59:59".
[[nodiscard]] std::string local_time();
[[nodiscard]] std::string new_uuid();
[[nodiscard]] std::string_view trim(std::string_view text);
/// The words between `separator`, empty ones left out; the last of `most` words keeps the rest as it is.
[[nodiscard]] std::vector<std::string> words(std::string_view text, std::size_t most = SIZE_MAX, char separator = ' ');
/// The fields between `separator`, which does nothing inside '...'; trimmed, quotes taken off, empty ones left out.
[[nodiscard]] std::vector<std::string> fields(std::string_view text, char separator);
/// "{inside}rest" in two: braces nest. Nothing when `text` does not begin with '{' or the end is missing.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> braces(std::string_view text);
/// "name=value" in two; nothing without '='.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> name_value(std::string_view text);

/// Names of variables and headers are compared without case.
[[nodiscard]] inline bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}
struct NoCase {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const {
        const int order = strncasecmp(a.data(), b.data(), std::min(a.size(), b.size()));
        return order != 0 ? order < 0 : a.size() < b.size();
    }
};
[[nodiscard]] inline const char* or_empty(const char* text) { return text == nullptr ? "" : text; }

}  // namespace miniswitch
