#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <map>
#include <span>
#include <string>
#include <string_view>

/// Settings by name, as asr_stream.conf.xml, the command line and the switch spell them: "frame-ms", "tls-ca-file".
namespace asr_stream {

struct SettingInfo {
    std::string_view name;
    std::string_view unit;  ///< "ms", "bytes", "Hz", "", ...
    std::string_view default_value;
    std::string_view allowed;  ///< "10 to 1000", "true or false", "text or binary"
    std::string_view summary;  ///< one sentence
    std::string_view alias{};  ///< another name that set() takes; empty where there is none
};

[[nodiscard]] ASR_STREAM_API std::span<const SettingInfo> profile_settings();
[[nodiscard]] ASR_STREAM_API std::span<const SettingInfo> engine_settings();

/// Errc::unknown_setting names the nearest valid name; Errc::invalid_setting says name, value and what is allowed.
/// The object is unchanged after an error. `header` may be set several times ("Name: value"), so may `endpoint`.
[[nodiscard]] ASR_STREAM_API Result<> set(Profile& profile, std::string_view name, std::string_view value);
[[nodiscard]] ASR_STREAM_API Result<> set(EngineConfig& config, std::string_view name, std::string_view value);
/// What no single setting can tell: a URL is there, replay-ms covers the time-outs, the window fits call-memory-bytes,
/// ...
[[nodiscard]] ASR_STREAM_API Result<> validate(const Profile& profile);
/// Every value within its range; Engine::create() checks this.
[[nodiscard]] ASR_STREAM_API Result<> validate(const EngineConfig& config);
/// A profile with the call's own rate and channels; Engine::add_stream() checks this.
[[nodiscard]] ASR_STREAM_API Result<> validate(const StreamConfig& config);

/// What asr_stream.conf.xml says: <settings> for the process, <profiles> with <profile name=""> of <param name=""
/// value=""> and <endpoint url="" weight="">.
struct Configuration {
    EngineConfig engine;
    std::map<std::string, Profile, std::less<>> profiles;
};
/// Errors name file, profile, setting, value and what is allowed.
[[nodiscard]] ASR_STREAM_API Result<Configuration> load_configuration(const std::string& path);
/// The same from text, for tests and fuzzers; `name` stands in for the path in errors.
[[nodiscard]] ASR_STREAM_API Result<Configuration> parse_configuration(std::string_view xml, std::string_view name);

}  // namespace asr_stream
