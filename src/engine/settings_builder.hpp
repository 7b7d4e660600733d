#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/setting_values.hpp"
#include "engine/settings_table.hpp"

namespace asr_stream::engine {

/// Adds rows; defaults are read from a default-made target, so that table and struct cannot disagree.
template <class Target>
class Builder {
  public:
    template <class Field>
    void duration(std::string name, Field field, std::uint64_t min, std::uint64_t max, std::string summary) {
        const std::string allowed = range(min, max);
        add(name, "ms", std::to_string(field(defaults_).count()), allowed, std::move(summary),
            [=](Target& target, std::string_view text) -> std::string {
                const auto value = parse_duration(text);
                const auto count = value ? static_cast<std::uint64_t>(value->count()) : 0;
                if (!value || count < min || count > max)
                    return "allowed are " + allowed + " (ms, or with unit: 200ms, 5s)";
                field(target) = *value;
                return {};
            });
    }
    template <class Field>
    void number(std::string name, std::string unit, Field field, std::uint64_t min, std::uint64_t max,
                std::string summary, bool zero = false) {
        using Number = std::remove_cvref_t<decltype(field(defaults_))>;
        const std::string allowed = (zero ? "0, or " : "") + range(min, max);
        const std::string words = "allowed are " + allowed + (unit.empty() ? "" : " (" + unit + ")");
        add(name, unit, std::to_string(field(defaults_)), allowed, std::move(summary),
            [=](Target& target, std::string_view text) -> std::string {
                const auto value = parse_number(text);
                if (!value || ((*value < min || *value > max) && !(zero && *value == 0))) return std::string{words};
                field(target) = static_cast<Number>(*value);
                return {};
            });
    }
    template <class Field>
    void boolean(std::string name, Field field, std::string summary) {
        add(name, "", field(defaults_) ? "true" : "false", "true or false", std::move(summary),
            [=](Target& target, std::string_view text) -> std::string {
                const auto value = parse_bool(text);
                if (!value) return "allowed are true or false";
                field(target) = *value;
                return {};
            });
    }
    template <class Field>
    void text(std::string name, Field field, std::string allowed, std::string summary) {
        add(name, "", field(defaults_), std::move(allowed), std::move(summary),
            [=](Target& target, std::string_view text) -> std::string {
                if (text.find('\0') != std::string_view::npos) return "a zero byte is not allowed";
                field(target) = text;
                return {};
            });
    }
    template <class Field>
    void decimal(std::string name, Field field, double min, double max, std::string summary) {
        const std::string allowed = decimal_text(min) + " to " + decimal_text(max);
        add(name, "", decimal_text(field(defaults_)), allowed, std::move(summary),
            [=](Target& target, std::string_view text) -> std::string {
                const auto value = parse_decimal(text);
                if (!value || *value < min || *value > max) return "allowed are " + allowed;
                field(target) = *value;
                return {};
            });
    }
    /// One of a few words.
    template <class Value, class Field>
    void choice(std::string name, Field field, std::vector<std::pair<std::string_view, Value>> choices,
                std::string summary) {
        std::string allowed;
        std::string standard;
        for (std::size_t i = 0; i < choices.size(); ++i) {
            allowed.append(i == 0 ? "" : i + 1 < choices.size() ? ", " : " or ").append(choices[i].first);
            if (choices[i].second == field(defaults_)) standard = choices[i].first;
        }
        add(name, "", standard, allowed, std::move(summary), [=](Target& target, std::string_view text) -> std::string {
            for (const auto& [word, value] : choices) {
                if (word != text) continue;
                field(target) = value;
                return {};
            }
            return "allowed are " + allowed;
        });
    }
    /// Another name of the row added last.
    void alias(std::string_view name) { rows_.back().alias = name; }
    void add(std::string name, std::string unit, std::string default_value, std::string allowed, std::string summary,
             Setter<Target> set) {
        rows_.push_back({std::move(name), std::move(unit), std::move(default_value), std::move(allowed),
                         std::move(summary), std::move(set)});
    }
    std::vector<SettingRow<Target>> take() { return std::move(rows_); }

  private:
    static std::string range(std::uint64_t min, std::uint64_t max) {
        return std::to_string(min) + " to " + std::to_string(max);
    }
    Target defaults_;
    std::vector<SettingRow<Target>> rows_;
};

/// The rows of Profile::call; settings_call.cpp.
void add_call(Builder<Profile>& builder);

}  // namespace asr_stream::engine
