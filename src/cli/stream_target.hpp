#pragma once

#include <asr_stream/engine.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/feed.hpp"

namespace asr_stream::cli {

/// A stream of the engine that is fed at `call_rate` and sends at `wire_rate`.
class StreamTarget final : public FeedTarget {
  public:
    StreamTarget(Stream stream, std::uint32_t call_rate, std::uint32_t wire_rate)
        : stream_{std::move(stream)}, call_rate_{call_rate}, wire_rate_{wire_rate} {}

    bool push(std::span<const std::int16_t> samples) override { return stream_.push(samples); }
    [[nodiscard]] std::uint64_t unsent(std::uint64_t pushed) const override;
    [[nodiscard]] bool is_closed() const override { return stream_.is_closed(); }
    void stop() override { stream_.stop(); }

  private:
    Stream stream_;
    std::uint32_t call_rate_;
    std::uint32_t wire_rate_;
};

/// The pace of a recording under these settings: real time times `speed`, without ever overrunning ring-ms or queue-ms.
[[nodiscard]] Pace make_pace(const Profile& profile, double speed, milliseconds tail);

/// What offline recordings need beside what the profile says, since there nobody waits on the phone: time for the last
/// results, and room for audio that runs ahead of the service. Raises only what `is_named` denies.
void widen_bounds(Profile& profile, double speed, const std::function<bool(std::string_view)>& is_named);

/// The configuration of one recording's stream; rates that services do not take are brought to 8 or 16 kHz.
[[nodiscard]] StreamConfig make_stream_config(const Profile& profile, const std::string& call_id, std::uint32_t rate);
[[nodiscard]] std::uint32_t wire_rate_of(const StreamConfig& config) noexcept;

}  // namespace asr_stream::cli
