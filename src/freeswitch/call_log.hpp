#pragma once

#include <asr_stream/log.hpp>
#include <mutex>
#include <string>
#include <string_view>

#include "base/log_limiter.hpp"

namespace asr_stream::freeswitch {

/// One line in the switch's log, with the call's uuid where there is one. Not from a media thread.
void log_line(LogLevel level, const std::string& uuid, std::string_view line) noexcept;
/// The engine's lines; the uuid is taken from the line itself.
void log_engine_line(LogLevel level, std::string_view line) noexcept;

/// Lines that the network or a script can cause, one a second for all calls together; tells how many were held back.
class LogTopic {
  public:
    void write(LogLevel level, const std::string& uuid, std::string_view line) noexcept;

  private:
    std::mutex mutex_;
    LogLimiter limiter_;
};

}  // namespace asr_stream::freeswitch
