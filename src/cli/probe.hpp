#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asr_stream::cli {

/// One connection to one service, watched step by step.
struct ProbeRequest {
    Profile profile;
    std::string url;
    std::vector<std::int16_t> audio;  ///< mono, at wire rate
    std::uint32_t sample_rate = 8000;
    bool needs_result = false;  ///< without a transcript the probe has failed
    milliseconds wait{5000};    ///< for the first message, and the first transcript, after the handshake
};

enum class ProbeStep { settings, resolve, connect, proxy, tls, handshake, ready, result };
[[nodiscard]] std::string_view name_of(ProbeStep step) noexcept;

struct ProbeResult {
    using Duration = std::chrono::microseconds;
    std::string url;
    // How long each step took; absent for one that was not needed or not reached.
    std::optional<Duration> resolve, connect, proxy, tls, handshake;
    // Time from the handshake's end until the service took audio, and from the first audio until its first answers.
    std::optional<Duration> ready, first_message, first_result;
    std::string address;
    std::string tls_version;
    std::string subprotocol;
    std::string result_kind;  ///< "partial" or "final"
    std::string result_text;
    std::optional<Error> error;
    ProbeStep failed_step = ProbeStep::settings;  ///< where `error` happened
};

/// Blocks until it is known, at most connect-timeout and `wait` and a second for the close.
[[nodiscard]] ProbeResult probe(const ProbeRequest& request);

/// Which step an error stopped at, by its code and by what was already done.
[[nodiscard]] ProbeStep step_of(const Error& error, const ProbeResult& so_far, const Profile& profile);
/// What the operator can do about it; empty where the error says it all.
[[nodiscard]] std::string_view advice_for(const Error& error) noexcept;

/// The table for people, and the same for programs.
[[nodiscard]] std::string describe(const ProbeResult& result);
[[nodiscard]] std::string to_json_line(const ProbeResult& result);

}  // namespace asr_stream::cli
