#pragma once

#include <asr_stream/error.hpp>

#include "recognizer/sphinx.hpp"
#include "recognizer/task.hpp"

namespace asr_stream::recognizer {

/// Builds the task's search in the decoder under this name. The decoder knows the task's words already.
[[nodiscard]] Result<> set_search(ps_decoder_t* decoder, const char* name, const Task& task);

}  // namespace asr_stream::recognizer
