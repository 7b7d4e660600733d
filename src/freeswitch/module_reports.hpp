#pragma once

#include <string>

#include "freeswitch/command.hpp"
#include "freeswitch/module.hpp"

/// The tables of `asr_stream status|list|memory|metrics|profiles`, for people or as JSON.
namespace asr_stream::freeswitch {

[[nodiscard]] std::string report(const Module& module, const ModuleCommand& command);
/// Prometheus text: the engine's metrics, then the module's own.
[[nodiscard]] std::string metrics_text(const Module& module);

}  // namespace asr_stream::freeswitch
