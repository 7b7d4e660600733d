#pragma once

#include <exception>
#include <utility>

#include "engine/stream_driver.hpp"

namespace asr_stream::engine {

template <class Step>
void StreamDriver::guarded(Step&& step) noexcept {
    try {
        std::forward<Step>(step)();
    } catch (...) {
        on_exception(std::current_exception());
    }
}

}  // namespace asr_stream::engine
