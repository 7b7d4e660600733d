#pragma once

#include <string>
#include <string_view>

#include "switch.h"

namespace miniswitch {

/// Lines above this level are not written; --log sets it.
void set_log_level(switch_log_level_t level);
[[nodiscard]] switch_log_level_t log_level();
void log(switch_log_level_t level, std::string_view text);
/// For what only a defect can cause: one line, then abort.
[[noreturn]] void fatal(std::string_view text);

}  // namespace miniswitch
