#pragma once

#include <asr_stream/settings.hpp>

namespace asr_stream::freeswitch {

/// asr_stream.conf as the switch's XML registry has it, with its variables and includes put in. The error names the
/// place, the value and what is allowed.
[[nodiscard]] Result<Configuration> read_configuration();

}  // namespace asr_stream::freeswitch
