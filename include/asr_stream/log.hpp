#pragma once

#include <asr_stream/export.hpp>
#include <functional>
#include <string_view>

namespace asr_stream {

enum class LogLevel { debug, info, notice, warning, error };
[[nodiscard]] ASR_STREAM_API std::string_view name_of(LogLevel level) noexcept;

/// Where log lines go. Called from loop threads; must not block, and must not throw.
using LogSink = std::function<void(LogLevel, std::string_view line)>;

}  // namespace asr_stream
