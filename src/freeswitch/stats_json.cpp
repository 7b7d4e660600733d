#include "freeswitch/stats_json.hpp"

#include <string_view>

#include "engine/stats_fields.hpp"

namespace asr_stream::freeswitch {
namespace {

template <class Visit>
void for_each_field(const StreamStats& stats, const Visit& visit) {
    for (const auto& field : engine::stats_fields) visit(field.name, stats.*field.value);
    visit("memory_bytes", stats.memory_bytes);
    visit("memory_peak_bytes", stats.memory_peak_bytes);
}

}  // namespace

dialect::JsonObject to_json(const StreamStats& stats) {
    dialect::JsonObject object;
    for_each_field(stats, [&](std::string_view name, std::uint64_t value) { object.unsigned_integer(name, value); });
    return object;
}

std::string to_text(const StreamStats& stats) {
    std::string text;
    for_each_field(stats, [&](std::string_view name, std::uint64_t value) {
        text.append(text.empty() ? "" : "\n").append(name).append(" ").append(std::to_string(value));
    });
    return text;
}

}  // namespace asr_stream::freeswitch
