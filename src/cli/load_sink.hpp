#pragma once

#include <asr_stream/engine.hpp>
#include <asr_stream/histogram.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace asr_stream::cli {

/// What all calls together have seen of their service.
struct LoadEvents {
    std::uint64_t connected = 0;     ///< connections opened
    std::uint64_t disconnected = 0;  ///< connections lost
    std::uint64_t closed = 0;        ///< streams ended
    std::uint64_t failed = 0;        ///< of these: otherwise than asked
    std::uint64_t not_drained = 0;   ///< of these: without their last results
    std::uint64_t finals = 0;
    std::map<std::string, std::uint64_t> errors;  ///< by code
    std::optional<Error> last_error;
    DelayHistogram final_latency;
    std::chrono::milliseconds max_final_latency{};
};

/// The sink of every call of a load run.
class LoadSink final : public EventSink {
  public:
    void on_event(const Event& event) noexcept override;
    [[nodiscard]] LoadEvents events() const;  ///< any thread

  private:
    void count(const Event& event);
    mutable std::mutex mutex_;  // held for the few events of a call, never for a frame
    LoadEvents events_;
};

}  // namespace asr_stream::cli
