#pragma once

#include <cstddef>
#include <string_view>

namespace asr_stream::dialect {

/// The bytes of the well-formed character that `text` starts with, 1 to 4; 0 when there is none (RFC 3629 section 4:
/// no overlong form, no surrogate, nothing above U+10FFFF).
[[nodiscard]] std::size_t utf8_character(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace asr_stream::dialect
