#include "heaptrend/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace heaptrend {
namespace {

struct Unit {
    std::string_view name;
    double size;
};
constexpr std::array byte_units{Unit{"B", 1}, Unit{"kB", 1e3}, Unit{"MB", 1e6}, Unit{"GB", 1e9}, Unit{"TB", 1e12}};
constexpr std::array binary_units{Unit{"KiB", 1024.0}, Unit{"MiB", 1048576.0}, Unit{"GiB", 1073741824.0}};
constexpr std::array time_units{Unit{"s", 1}, Unit{"min", 60}, Unit{"h", 3600}, Unit{"day", 86400}};

std::string three_digits(double value) {
    std::array<char, 32> text{};
    const double size = std::abs(value);
    const int decimals = size >= 99.95 || size == std::floor(size) ? 0 : (size >= 9.995 ? 1 : 2);
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return text.data();
}

const Unit& unit_for(double bytes) {
    const Unit* unit = &byte_units.front();
    for (const Unit& candidate : byte_units)
        if (std::abs(bytes) >= candidate.size * 0.9995) unit = &candidate;
    return *unit;
}

double find_unit(std::string_view name) {
    for (const Unit& unit : byte_units)
        if (unit.name == name) return unit.size;
    for (const Unit& unit : binary_units)
        if (unit.name == name) return unit.size;
    return 0;
}

}  // namespace

std::string format_bytes(double bytes) {
    const Unit& unit = unit_for(bytes);
    return three_digits(bytes / unit.size) + " " + std::string{unit.name};
}

std::string format_rate(double bytes, const Interval& interval, double seconds) {
    if (seconds <= 0) return format_bytes(bytes) + " in no time";
    const double largest = std::max({std::abs(bytes), std::abs(interval.low), std::abs(interval.high)});
    const double per_second = largest / seconds;
    const Unit* time = &time_units.back();
    for (const Unit& candidate : time_units)
        if (per_second * candidate.size >= 1e6) {
            time = &candidate;
            break;
        }
    const double scale = time->size / seconds;
    const Unit& unit = unit_for(largest * scale);
    const auto number = [&](double value) { return three_digits(value * scale / unit.size); };
    return number(bytes) + " " + std::string{unit.name} + "/" + std::string{time->name} + " [" + number(interval.low) +
           ", " + number(interval.high) + "]";
}

std::string format_duration(double seconds) {
    const Unit* time = &time_units.front();
    for (const Unit& candidate : time_units)
        if (seconds >= 2 * candidate.size) time = &candidate;
    return three_digits(seconds / time->size) + " " + std::string{time->name};
}

Result<double> parse_rate(std::string_view text) {
    if (text == "0") return 0.0;
    const std::string copy{text};
    char* rest = nullptr;
    const double number = std::strtod(copy.c_str(), &rest);
    std::string_view unit{rest};
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    const auto slash = unit.find('/');
    const double size = find_unit(unit.substr(0, slash));
    double seconds = 0;
    if (slash != std::string_view::npos)
        for (const Unit& time : time_units)
            if (time.name == unit.substr(slash + 1)) seconds = time.size;
    if (rest == copy.c_str() || !std::isfinite(number) || number < 0 || size == 0 || seconds == 0)
        return fail(Errc::bad_argument, "rate \"" + copy +
                                            "\": write a number, B kB MB GB TB KiB MiB or GiB, and /s /min /h or "
                                            "/day, for instance 1MB/h");
    return number * size / seconds;
}

std::string escape_markup(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default:
                if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') escaped += c;
        }
    }
    return escaped;
}

}  // namespace heaptrend
