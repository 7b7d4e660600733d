#include "freeswitch/call_log.hpp"

#include <algorithm>
#include <optional>

#include "dialect/json_write.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {
namespace {

constexpr std::size_t max_line_bytes = 2000;

[[nodiscard]] switch_log_level_t level_of(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug: return SWITCH_LOG_DEBUG;
        case LogLevel::info: return SWITCH_LOG_INFO;
        case LogLevel::notice: return SWITCH_LOG_NOTICE;
        case LogLevel::warning: return SWITCH_LOG_WARNING;
        case LogLevel::error: break;
    }
    return SWITCH_LOG_ERROR;
}

/// "stream 7 call UUID (profile): ..."
[[nodiscard]] std::string uuid_in(std::string_view line) {
    constexpr std::string_view word = " call ";
    const auto at = line.find(word);
    if (!line.starts_with("stream ") || at == std::string_view::npos) return {};
    const auto rest = line.substr(at + word.size());
    return std::string{rest.substr(0, rest.find(' '))};
}

}  // namespace

void log_line(LogLevel level, const std::string& uuid, std::string_view line) noexcept {
    try {
        const std::string text = dialect::one_line(line, max_line_bytes);
        switch_log_printf(SWITCH_CHANNEL_UUID_LOG(uuid.empty() ? nullptr : uuid.c_str()), level_of(level),
                          "asr_stream: %s\n", text.c_str());
    } catch (...) {  // no memory for a line: it is lost
        return;
    }
}

void log_engine_line(LogLevel level, std::string_view line) noexcept {
    try {
        log_line(level, uuid_in(line), line);
    } catch (...) {
        return;
    }
}

void LogTopic::write(LogLevel level, const std::string& uuid, std::string_view line) noexcept {
    std::optional<std::uint64_t> held_back;
    {
        const std::lock_guard lock{mutex_};
        held_back = limiter_.admit(LogLimiter::Clock::now());
    }
    if (!held_back) return;
    try {
        std::string text{line};
        if (*held_back > 0) text += " (" + std::to_string(*held_back) + " more like this were not shown)";
        log_line(level, uuid, text);
    } catch (...) {
        return;
    }
}

}  // namespace asr_stream::freeswitch
