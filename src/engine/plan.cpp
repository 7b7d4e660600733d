#include "engine/plan.hpp"

#include <algorithm>
#include <asr_stream/settings.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <string>
#include <utility>

#include "engine/setting_values.hpp"
#include "engine/turns.hpp"
#include "websocket/connection.hpp"

namespace asr_stream {
namespace engine {
namespace {

constexpr std::uint32_t lowest_rate = 8000;
constexpr std::uint32_t highest_rate = 48'000;
constexpr std::uint32_t assumed_call_rate = 8000;  // of a profile that leaves the rate to the call
constexpr milliseconds replay_reserve{10'000};     // an utterance, beside the time to notice and mend an outage

std::string ms(milliseconds time) { return std::to_string(time.count()); }

tl::unexpected<Error> refuse(std::string_view name, std::string_view value, std::string_view problem) {
    return fail(Errc::invalid_setting,
                "setting " + std::string{name} + "=" + printable(value) + ": " + std::string{problem});
}

Result<> check_service(const Profile& profile) {
    if (profile.endpoints.empty())
        return fail(Errc::invalid_setting, "setting url: missing; allowed is a ws:// or wss:// URL");
    std::uint64_t weights = 0;
    for (const auto& endpoint : profile.endpoints) {
        if (auto url = websocket::parse_url(endpoint.url); !url) return tl::unexpected{std::move(url).error()};
        weights += endpoint.weight;
    }
    if (weights == 0) return refuse("endpoint", profile.endpoints.front().url, "at least one weight must not be 0");
    for (const auto& [name, value] : profile.headers)
        if (const auto problem = header_problem(name, value); !problem.empty()) return refuse("header", name, problem);
    if (profile.metadata.empty()) return {};
    boost::system::error_code error;
    const auto metadata = boost::json::parse(profile.metadata, error);
    if (error || !metadata.is_object()) return refuse("metadata", profile.metadata, "allowed is a JSON object");
    return {};
}

Result<> check_bounds(const Profile& profile) {
    const auto least_replay = profile.stall_timeout + profile.connect_timeout + replay_reserve;
    if (profile.replay_ms < least_replay)
        return refuse("replay-ms", ms(profile.replay_ms),
                      "must be at least stall-timeout + connect-timeout + 10 s, here " + ms(least_replay));
    if (profile.queue_ms > profile.replay_ms)
        return refuse("queue-ms", ms(profile.queue_ms), "must not exceed replay-ms, here " + ms(profile.replay_ms));
    if (profile.replay_guard_ms > profile.replay_ms)
        return refuse("replay-guard-ms", ms(profile.replay_guard_ms),
                      "must not exceed replay-ms, here " + ms(profile.replay_ms));
    if (profile.reconnect_backoff > profile.reconnect_backoff_max)
        return refuse("reconnect-backoff", ms(profile.reconnect_backoff),
                      "must not exceed reconnect-backoff-max, here " + ms(profile.reconnect_backoff_max));
    if (profile.idle_timeout < profile.stall_timeout)
        return refuse("idle-timeout", ms(profile.idle_timeout),
                      "must be at least stall-timeout, here " + ms(profile.stall_timeout));
    return {};
}

/// What the settings allow also holds where they were written without their names.
Result<> check_call(const Profile& profile) {
    const CallSettings& call = profile.call;
    const std::pair<std::string_view, std::string> values[] = {
        {"playback-rate", std::to_string(profile.playback_rate)},
        {"playback-ms", ms(call.playback_ms)},
        {"no-input-timeout", ms(call.no_input_timeout)},
        {"recognition-timeout", ms(call.recognition_timeout)},
        {"speech-complete-timeout", ms(call.speech_complete_timeout)},
        {"confidence-threshold", decimal_text(call.confidence_threshold)},
        {"max-results", std::to_string(call.max_results)}};
    Profile checked;
    for (const auto& [name, value] : values)
        if (auto good = set(checked, name, value); !good) return good;
    if (call.recognition_timeout.count() != 0 && call.speech_complete_timeout > call.recognition_timeout)
        return refuse("speech-complete-timeout", ms(call.speech_complete_timeout),
                      "must not exceed recognition-timeout, here " + ms(call.recognition_timeout));
    return {};
}

Result<> check_window(const Profile& profile, const Plan& plan) {
    const std::size_t bytes = plan.replay_frames * plan.channels * sizeof(std::int16_t);
    if (bytes <= profile.call_memory_bytes / 2) return {};
    return refuse(
        "replay-ms", ms(profile.replay_ms),
        "its audio takes " + std::to_string(bytes) + " bytes at " + std::to_string(plan.wire_rate) + " Hz and " +
            std::to_string(plan.channels) +
            " channel(s), and at most half of call-memory-bytes=" + std::to_string(profile.call_memory_bytes) +
            " is allowed; set call-memory-bytes=" + std::to_string(2 * bytes));
}

Result<> check_audio(const StreamConfig& config) {
    if (config.channels < 1 || config.channels > 2)
        return refuse("channels", std::to_string(config.channels), "allowed are 1 or 2");
    for (const auto rate : {config.sample_rate, config.profile.sample_rate})
        if (rate != 0 && (rate < lowest_rate || rate > highest_rate))
            return refuse("sample-rate", std::to_string(rate), "allowed are 8000 to 48000 (Hz)");
    if (config.sample_rate == 0) return refuse("sample-rate", "0", "the rate of the pushed audio must be known");
    return {};
}

Result<milliseconds> frame_time(const Profile& profile, const dialect::Traits& traits) {
    if (traits.max_frame.count() != 0 && profile.frame_ms > traits.max_frame)
        return refuse("frame-ms", ms(profile.frame_ms),
                      "dialect " + profile.dialect + " allows at most " + ms(traits.max_frame));
    return std::max(profile.frame_ms, traits.min_frame);
}

}  // namespace

Result<Plan> make_plan(const StreamConfig& config) {
    const Profile& profile = config.profile;
    if (auto good = check_audio(config); !good) return tl::unexpected{std::move(good).error()};
    if (auto good = check_service(profile); !good) return tl::unexpected{std::move(good).error()};
    if (auto good = check_bounds(profile); !good) return tl::unexpected{std::move(good).error()};
    if (auto good = check_call(profile); !good) return tl::unexpected{std::move(good).error()};
    auto descriptor = dialect::find(profile.dialect);
    if (!descriptor) return tl::unexpected{std::move(descriptor).error()};

    Plan plan;
    plan.descriptor = *descriptor;
    plan.call_rate = config.sample_rate;
    plan.wire_rate = profile.sample_rate != 0 ? profile.sample_rate : config.sample_rate;
    plan.channels = config.channels;
    plan.detects_speech = profile.speech_detection != SpeechDetection::service;
    dialect::SessionConfig session = dialect::session_config(profile, plan.wire_rate);
    session.channels = plan.channels;
    plan.traits = plan.descriptor->open(std::move(session))->traits();
    if (profile.playback && !plan.traits.has_playback)
        return refuse("playback", "true", "dialect " + profile.dialect + " has no audio for the call");
    auto frame = frame_time(profile, plan.traits);
    if (!frame) return tl::unexpected{std::move(frame).error()};
    plan.ring_frames = static_cast<std::size_t>(profile.ring_ms.count()) * plan.call_rate / 1000;
    plan.frame_frames = plan.wire_frames(*frame);
    plan.is_short = 2 * *frame <= Turns::batch_time && profile.ring_ms >= 3 * Turns::batch_time;
    plan.min_frames = plan.wire_frames(plan.traits.min_frame);
    plan.queue_frames = plan.wire_frames(profile.queue_ms);
    plan.replay_frames = plan.wire_frames(profile.replay_ms);
    plan.guard_frames = plan.wire_frames(profile.replay_guard_ms);
    if (auto good = check_window(profile, plan); !good) return tl::unexpected{std::move(good).error()};
    return plan;
}

}  // namespace engine

Result<> validate(const StreamConfig& config) {
    if (auto plan = engine::make_plan(config); !plan) return tl::unexpected{std::move(plan).error()};
    return {};
}

Result<> validate(const Profile& profile) {
    StreamConfig config;
    config.profile = profile;
    config.sample_rate = profile.sample_rate != 0 ? profile.sample_rate : engine::assumed_call_rate;
    config.channels = profile.call.mix == AudioMix::stereo ? 2 : 1;
    return validate(config);
}

}  // namespace asr_stream
