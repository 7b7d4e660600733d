#pragma once

#include <span>
#include <string_view>

namespace asr_stream {

/// The valid name nearest to `name` by edit distance, or empty when none is near enough to have been meant.
[[nodiscard]] std::string_view nearest(std::string_view name, std::span<const std::string_view> valid);

}  // namespace asr_stream
