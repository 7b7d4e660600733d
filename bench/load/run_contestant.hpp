#pragma once

#include <string>

#include "load/plan.hpp"

namespace asr_stream::bench {

/// The life of a contestant's process: connects, says "connected", waits for the word, pushes on schedule, answers with
/// its measurement, and lives on until the driver has heard of the sink and closes the channel.
int run_contestant(const Plan& plan);

}  // namespace asr_stream::bench
