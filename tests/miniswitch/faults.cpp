#include "faults.hpp"

#include <chrono>
#include <thread>

#include "base.hpp"

namespace miniswitch {
namespace {

struct Description {
    std::string_view name;
    std::string_view meaning;
};
#define MINISWITCH_FAULT_DESCRIPTION(name, meaning) {#name, meaning},
constexpr Description descriptions[] = {MINISWITCH_FAULTS(MINISWITCH_FAULT_DESCRIPTION)};
constexpr std::string_view places[] = {"0",      "answer", "bug-add",  "asr-open", "load-grammar",
                                       "result", "play",   "play-end", "closing"};

std::string dashed(std::string_view name) {
    std::string text{name};
    std::ranges::replace(text, '_', '-');
    return text;
}

std::optional<long> number(std::string_view text) {
    for (std::size_t i = 0; i < std::size(places); ++i)
        if (places[i] == text) return static_cast<long>(i);
    if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    return std::stol(std::string{text});
}

}  // namespace

bool Faults::take(Fault fault, bool only_at_end) {
    auto& value = values_[static_cast<std::size_t>(fault)];
    long left = value.load();
    while (left > 0)
        if (value.compare_exchange_weak(left, left - 1)) return !only_at_end || left == 1;
    return false;
}

void Faults::stall(Fault fault) const {
    if (const auto ms = value(fault)) std::this_thread::sleep_for(std::chrono::milliseconds{ms});
}

std::string Faults::set(std::string_view assignment) {
    const auto [name, text] = name_value(assignment).value_or(std::pair{std::string{assignment}, std::string{}});
    const auto value = number(text);
    for (std::size_t i = 0; i < std::size(descriptions); ++i) {
        if (dashed(descriptions[i].name) != name) continue;
        const bool is_place = i == static_cast<std::size_t>(Fault::hangup_at);
        if (!value || (is_place && *value >= static_cast<long>(std::size(places)))) break;
        values_[i] = *value;
        return {};
    }
    return std::string{assignment} +
           ": NAME=NUMBER, or hangup-at=PLACE (answer, bug-add, asr-open, load-grammar, result, " +
           "play, play-end, closing); NAME is one of:\n" + list();
}

std::string Faults::list() const {
    std::string text;
    for (std::size_t i = 0; i < values_.size(); ++i)
        text += dashed(descriptions[i].name) + "=" + std::to_string(values_[i]) + "  " +
                std::string{descriptions[i].meaning} + "\n";
    return text;
}

Faults& faults() {
    static Faults all;
    return all;
}

}  // namespace miniswitch
