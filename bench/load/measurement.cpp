#include "load/measurement.hpp"

#include <boost/json.hpp>

namespace asr_stream::bench {

namespace json = boost::json;

namespace {

json::value or_null(const std::optional<double>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

std::optional<double> optional_number(const json::value& value) {
    if (value.is_null()) return std::nullopt;
    return value.to_number<double>();
}

}  // namespace

std::string to_json(const Measurement& m) {
    return json::serialize(json::object{{"cpu_seconds", m.cpu_seconds},
                                        {"pusher_cpu_seconds", m.pusher_cpu_seconds},
                                        {"wall_seconds", m.wall_seconds},
                                        {"frames", m.frames},
                                        {"send_calls", m.send_calls},
                                        {"late_frames", m.late_frames},
                                        {"longest_delay_ms", m.longest_delay_ms},
                                        {"rss_kib_per_stream", m.rss_kib_per_stream},
                                        {"all_frames", m.all_frames},
                                        {"all_bytes", m.all_bytes},
                                        {"push_allocations", or_null(m.push_allocations)},
                                        {"loop_allocations", or_null(m.loop_allocations)}});
}

Measurement measurement_from_json(const std::string& text) {
    const json::value value = json::parse(text);
    const auto real = [&](const char* key) { return value.at(key).to_number<double>(); };
    const auto count = [&](const char* key) { return value.at(key).to_number<std::uint64_t>(); };
    Measurement m;
    m.cpu_seconds = real("cpu_seconds");
    m.pusher_cpu_seconds = real("pusher_cpu_seconds");
    m.wall_seconds = real("wall_seconds");
    m.frames = count("frames");
    m.send_calls = count("send_calls");
    m.late_frames = count("late_frames");
    m.longest_delay_ms = real("longest_delay_ms");
    m.rss_kib_per_stream = real("rss_kib_per_stream");
    m.all_frames = count("all_frames");
    m.all_bytes = count("all_bytes");
    m.push_allocations = optional_number(value.at("push_allocations"));
    m.loop_allocations = optional_number(value.at("loop_allocations"));
    return m;
}

}  // namespace asr_stream::bench
