#include <algorithm>
#include <asr_stream/settings.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.hpp"
#include "engine/setting_values.hpp"
#include "engine/settings_table.hpp"

namespace asr_stream {
namespace {

template <class Target>
std::vector<SettingInfo> infos_of(const std::vector<engine::SettingRow<Target>>& rows) {
    std::vector<SettingInfo> infos;
    infos.reserve(rows.size());
    for (const auto& row : rows)
        infos.push_back({row.name, row.unit, row.default_value, row.allowed, row.summary, row.alias});
    return infos;
}

template <class Target>
Error unknown(const std::vector<engine::SettingRow<Target>>& rows, std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& row : rows) {
        names.push_back(row.name);
        if (!row.alias.empty()) names.push_back(row.alias);
    }
    std::string context = "setting " + engine::printable(name);
    if (const auto near = nearest(name, names); !near.empty()) context += ": did you mean " + std::string{near} + "?";
    return {Errc::unknown_setting, std::move(context)};
}

/// The value as an error may show it; a header's value may be a password.
std::string shown(std::string_view name, std::string_view value) {
    if (name == "header" && value.find(':') != std::string_view::npos) value = value.substr(0, value.find(':') + 1);
    return engine::printable(value);
}

template <class Target>
Result<> set_in(const std::vector<engine::SettingRow<Target>>& rows, Target& target, std::string_view name,
                std::string_view value) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& one) {
        return one.name == name || (!one.alias.empty() && one.alias == name);
    });
    if (row == rows.end()) return tl::unexpected{unknown(rows, name)};
    if (const std::string problem = row->set(target, value); !problem.empty())
        return fail(Errc::invalid_setting,
                    "setting " + std::string{name} + "=" + shown(row->name, value) + ": " + problem);
    return {};
}

}  // namespace

std::span<const SettingInfo> profile_settings() {
    static const auto infos = infos_of(engine::profile_rows());
    return infos;
}

std::span<const SettingInfo> engine_settings() {
    static const auto infos = infos_of(engine::engine_rows());
    return infos;
}

Result<> set(Profile& profile, std::string_view name, std::string_view value) {
    return set_in(engine::profile_rows(), profile, name, value);
}

Result<> set(EngineConfig& config, std::string_view name, std::string_view value) {
    return set_in(engine::engine_rows(), config, name, value);
}

Result<> validate(const EngineConfig& config) {
    EngineConfig checked;
    const std::pair<std::string_view, std::uint64_t> values[] = {
        {"loop-threads", config.loop_threads},
        {"max-streams", config.max_streams},
        {"connect-rate", config.connect_rate},
        {"tick", static_cast<std::uint64_t>(std::max(config.tick, milliseconds{0}).count())},
        {"batch-streams", config.batch_streams},
        {"event-queue", config.event_queue}};
    for (const auto& [name, value] : values)
        if (auto good = set(checked, name, std::to_string(value)); !good) return good;
    return {};
}

}  // namespace asr_stream
