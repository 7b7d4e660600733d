#pragma once

#include <strings.h>

#include <cstdarg>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace miniswitch {

/// As printf does.
[[nodiscard]] std::string print(const char* format, va_list arguments);
/// Now, as "2026-01-31 23:59:59".
[[nodiscard]] std::string local_time();
[[nodiscard]] std::string new_uuid();
[[nodiscard]] std::string_view trim(std::string_view text);
/// The words between `separator`, empty ones left out; the last of `most` words keeps the rest as it is.
[[nodiscard]] std::vector<std::string> words(std::string_view text, char separator = ' ', std::size_t most = SIZE_MAX);
/// The fields between `separator`, which does nothing inside '...'; trimmed, quotes taken off.
[[nodiscard]] std::vector<std::string> fields(std::string_view text, char separator);
/// "{inside}rest" in two: braces nest. Nothing when `text` does not begin with '{' or the end is missing.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> braces(std::string_view text);
/// "name=value" in two; nothing without '='.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> name_value(std::string_view text);
/// yes, on, true, t, enabled, active, allow or a number that is not 0.
[[nodiscard]] bool is_true(std::string_view text);

/// Names of variables and headers are compared without case.
struct NoCase {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const {
        const int order = strncasecmp(a.data(), b.data(), a.size() < b.size() ? a.size() : b.size());
        return order != 0 ? order < 0 : a.size() < b.size();
    }
};
[[nodiscard]] inline bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}
[[nodiscard]] inline const char* or_empty(const char* text) { return text == nullptr ? "" : text; }

}  // namespace miniswitch
