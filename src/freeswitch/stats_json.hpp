#pragma once

#include <asr_stream/stats.hpp>
#include <string>

#include "dialect/json_object.hpp"

namespace asr_stream::freeswitch {

/// Every counter under its own name, then memory_bytes and memory_peak_bytes.
[[nodiscard]] dialect::JsonObject to_json(const StreamStats& stats);
/// The same, one "name value" a line.
[[nodiscard]] std::string to_text(const StreamStats& stats);

}  // namespace asr_stream::freeswitch
