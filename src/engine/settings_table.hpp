#pragma once

#include <asr_stream/settings.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The one table of settings: what each is called, what it allows, and how text becomes its value.
namespace asr_stream::engine {

/// Reads `value` into the target, or says why not (in words that follow "setting NAME=VALUE: ") and leaves it
/// unchanged. An empty answer is success.
template <class Target>
using Setter = std::function<std::string(Target&, std::string_view value)>;

template <class Target>
struct SettingRow {
    std::string name;
    std::string unit;
    std::string default_value;
    std::string allowed;
    std::string summary;
    Setter<Target> set;
    std::string alias{};  ///< another name that is understood; the summary tells it
};

/// Built once; the rows are sorted by subject, as docs/configuration.md shows them.
[[nodiscard]] const std::vector<SettingRow<Profile>>& profile_rows();
[[nodiscard]] const std::vector<SettingRow<EngineConfig>>& engine_rows();

}  // namespace asr_stream::engine
