#pragma once

#include <asr_stream/config.hpp>

namespace asr_stream::freeswitch {

/// Whether a stream that runs by `running` serves `wanted` as well: the two differ at most in what the host makes of
/// one recognition (timers, result format, thresholds). Services take everything else only at the start of a session.
[[nodiscard]] bool same_session(const Profile& running, const Profile& wanted);

}  // namespace asr_stream::freeswitch
