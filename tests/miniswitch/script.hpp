#pragma once

#include <string>

#include "switch.h"

namespace miniswitch {

/// "FILE [ARGUMENT...]", FILE from --scripts: runs it in the calling thread, the call's own. An error is logged and
/// ends the script.
void run_script(switch_core_session& session, const std::string& data);
/// Ends every script soon, also those that never ask session:ready().
void end_scripts();

}  // namespace miniswitch
