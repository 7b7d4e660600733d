#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A profile as one call wants it. Pure.
namespace asr_stream::freeswitch {

using KeyValue = std::pair<std::string, std::string>;

/// "frame-ms" -> "asr_stream_frame_ms": the channel variable that overrides a setting.
[[nodiscard]] std::string variable_of(std::string_view setting);

/// Sets each in turn and checks the whole; underscores in a key count as dashes. The error names the setting, its
/// value, where it came from and what is allowed.
[[nodiscard]] Result<Profile> override_profile(Profile profile, std::span<const KeyValue> variables,
                                               std::span<const KeyValue> parameters);

}  // namespace asr_stream::freeswitch
