#pragma once

#include <asr_stream/stats.hpp>
#include <string>

namespace asr_stream::engine {

/// The Prometheus text format (exposition format 0.0.4).
[[nodiscard]] std::string metrics_text(const EngineStats& stats);

}  // namespace asr_stream::engine
