#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "switch.h"

namespace miniswitch {

/// One API command, from the event socket or a script; gives what it answers.
[[nodiscard]] std::string run_api(std::string_view name, const std::string& arguments,
                                  switch_core_session_t* session = nullptr);

/// What the command `shutdown` does.
void set_shutdown_action(std::function<void()> action);

}  // namespace miniswitch
