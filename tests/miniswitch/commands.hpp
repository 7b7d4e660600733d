#pragma once

#include <string>

namespace miniswitch {

/// "NAME [ARGUMENTS]", from the event socket or a script; gives what it answers.
[[nodiscard]] std::string run_api(const std::string& command);

}  // namespace miniswitch
