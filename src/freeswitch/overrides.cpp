#include "freeswitch/overrides.hpp"

#include <algorithm>
#include <asr_stream/settings.hpp>

namespace asr_stream::freeswitch {
namespace {

[[nodiscard]] std::string setting_of(std::string_view key) {
    std::string name{key};
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

[[nodiscard]] Result<> in_words(Result<> outcome, std::string_view where) {
    if (outcome) return outcome;
    return fail(outcome.error().code, std::string{where} + outcome.error().context);
}

}  // namespace

std::string variable_of(std::string_view setting) {
    std::string name = "asr_stream_";
    name += setting;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

Result<Profile> override_profile(Profile profile, std::span<const KeyValue> variables,
                                 std::span<const KeyValue> parameters) {
    const auto apply = [&profile](std::span<const KeyValue> values, std::string_view where) -> Result<> {
        for (const auto& [key, value] : values) {
            if (auto good = in_words(set(profile, setting_of(key), value), where); !good) return good;
        }
        return {};
    };
    if (auto good = apply(variables, "channel variable for "); !good) return tl::unexpected{std::move(good).error()};
    if (auto good = apply(parameters, ""); !good) return tl::unexpected{std::move(good).error()};
    if (auto good = validate(profile); !good) return tl::unexpected{std::move(good).error()};
    return profile;
}

}  // namespace asr_stream::freeswitch
