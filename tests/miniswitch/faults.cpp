#include "faults.hpp"

#include <charconv>
#include <optional>

#include "text.hpp"

namespace miniswitch {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Fault::count)> names{
    "hangup-at",        "hangup-after-frames", "bug-add-fails", "close-delay-ms",     "close-never",
    "drop-frames",      "queue-jam",           "locate-fails",  "event-create-fails", "thread-create-fails",
    "allocation-fails", "slow-consumer-ms",    "slow-fire-ms"};
constexpr std::array<std::string_view, 9> points{"0",      "answer", "bug-add",  "asr-open", "load-grammar",
                                                 "result", "play",   "play-end", "closing"};

template <class Names>
std::optional<std::size_t> index_of(const Names& all, std::string_view name) {
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i] == name) return i;
    return std::nullopt;
}

template <class Names>
std::string joined(const Names& all) {
    std::string text;
    for (const auto name : all) text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

std::optional<long> number(std::string_view text) {
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

}  // namespace

bool Faults::take(Fault fault) {
    auto& value = values_[static_cast<std::size_t>(fault)];
    long left = value.load();
    while (left > 0)
        if (value.compare_exchange_weak(left, left - 1)) return true;
    return false;
}

bool Faults::count_down(Fault fault) {
    auto& value = values_[static_cast<std::size_t>(fault)];
    long left = value.load();
    while (left > 0)
        if (value.compare_exchange_weak(left, left - 1)) return left == 1;
    return false;
}

std::string Faults::set(std::string_view assignment) {
    const auto parts = name_value(assignment);
    if (!parts) return "fault '" + std::string{assignment} + "' is not NAME=VALUE";
    const auto index = index_of(names, parts->first);
    if (!index) return "fault '" + parts->first + "' is unknown; one of: " + joined(names);
    std::optional<long> value;
    if (*index == static_cast<std::size_t>(Fault::hangup_at)) {
        if (const auto point = index_of(points, parts->second)) value = static_cast<long>(*point);
        if (!value) return "hangup-at=" + parts->second + ": one of: " + joined(points);
    } else {
        value = number(parts->second);
        if (!value) return parts->first + "=" + parts->second + ": a number from 0 on";
    }
    values_[*index] = *value;
    return {};
}

std::string Faults::list() const {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text.append(names[i]).append("=").append(std::to_string(values_[i].load())).append("\n");
    return text;
}

Faults& faults() {
    static Faults all;
    return all;
}

}  // namespace miniswitch
