#pragma once

#include <string>

namespace miniswitch {

/// The words that may follow `line`, from what the module told the console; the command console_complete.
[[nodiscard]] std::string complete(const std::string& line);

}  // namespace miniswitch
