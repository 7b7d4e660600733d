#include <asr_stream/engine.hpp>
#include <asr_stream/event.hpp>
#include <asr_stream/log.hpp>

namespace asr_stream {

std::string_view name_of(EventKind kind) noexcept {
    switch (kind) {
        case EventKind::connected: return "connected";
        case EventKind::begin_speaking: return "begin_speaking";
        case EventKind::partial: return "partial";
        case EventKind::final: return "final";
        case EventKind::end_speaking: return "end_speaking";
        case EventKind::error: return "error";
        case EventKind::disconnected: return "disconnected";
        case EventKind::audio: return "audio";
        case EventKind::mark: return "mark";
        case EventKind::clear: return "clear";
        case EventKind::closed: return "closed";
    }
    return "unknown";
}

std::string_view name_of(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug: return "debug";
        case LogLevel::info: return "info";
        case LogLevel::notice: return "notice";
        case LogLevel::warning: return "warning";
        case LogLevel::error: return "error";
    }
    return "unknown";
}

std::string_view version() noexcept { return ASR_STREAM_VERSION; }

}  // namespace asr_stream
