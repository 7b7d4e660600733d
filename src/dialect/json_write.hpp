#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Pieces of JSON (RFC 8259) appended to a string, for messages whose every byte we want to choose.
namespace asr_stream::dialect {

/// `text` in quotes, escaped. Bytes that are not UTF-8 become U+FFFD, because a WebSocket text message must be UTF-8.
void append_json_string(std::string& out, std::string_view text);
/// `["a","b"]`
void append_json_strings(std::string& out, std::span<const std::string> texts);
void append_json_integer(std::string& out, std::int64_t value);

/// What a service wrote, fit for one line of a log: control characters become spaces, bytes that are not UTF-8 become
/// U+FFFD, and what is longer than `max_bytes` is cut between characters and ends in "...".
[[nodiscard]] std::string one_line(std::string_view text, std::size_t max_bytes);

}  // namespace asr_stream::dialect
