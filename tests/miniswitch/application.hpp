#pragma once

#include <string>

#include "switch.h"

namespace miniswitch {

/// Runs one application of a call in the calling thread, which is the call's own, between CHANNEL_EXECUTE and
/// CHANNEL_EXECUTE_COMPLETE. False when there is none of that name.
[[nodiscard]] bool execute(switch_core_session& session, const std::string& name, const std::string& data);

}  // namespace miniswitch
