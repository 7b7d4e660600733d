#include "engine/metrics.hpp"

#include <array>
#include <charconv>
#include <string_view>

#include "engine/stats_fields.hpp"

namespace asr_stream::engine {
namespace {

constexpr std::string_view prefix = "asr_stream_";

class Text {
  public:
    void metric(std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
        head(name, type, help);
        line(name, "", value);
    }
    void counter(std::string_view name, std::string_view help, std::uint64_t value) {
        metric(std::string{name} + "_total", "counter", help, value);
    }
    void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
        metric(name, "gauge", help, value);
    }

    void histogram(std::string_view name, std::string_view help, const DelayHistogram& delays) {
        head(name, "histogram", help);
        const std::string bucket = std::string{name} + "_bucket";
        std::uint64_t sum = 0;
        std::size_t next = 0;
        for (const auto& [limit_us, label] : limits) {
            for (; next < DelayHistogram::buckets && DelayHistogram::upper_bound(next) <= limit_us; ++next)
                sum += delays.count_in(next);
            line(bucket, label, sum);
        }
        line(bucket, "{le=\"+Inf\"}", delays.count());
        line(std::string{name} + "_count", "", delays.count());
    }
    std::string take() { return std::move(text_); }

  private:
    struct Limit {
        std::uint64_t microseconds;
        std::string_view label;
    };
    // Powers of two less one, which are bounds of the histogram's own buckets.
    static constexpr std::array limits{
        Limit{1023, R"({le="0.001024"})"},      Limit{4095, R"({le="0.004096"})"},
        Limit{8191, R"({le="0.008192"})"},      Limit{16'383, R"({le="0.016384"})"},
        Limit{32'767, R"({le="0.032768"})"},    Limit{65'535, R"({le="0.065536"})"},
        Limit{131'071, R"({le="0.131072"})"},   Limit{262'143, R"({le="0.262144"})"},
        Limit{524'287, R"({le="0.524288"})"},   Limit{1'048'575, R"({le="1.048576"})"},
        Limit{4'194'303, R"({le="4.194304"})"},
    };

    void head(std::string_view name, std::string_view type, std::string_view help) {
        text_.append("# HELP ").append(prefix).append(name).append(" ").append(help);
        text_.append("\n# TYPE ").append(prefix).append(name).append(" ").append(type).append("\n");
    }
    void line(std::string_view name, std::string_view labels, std::uint64_t value) {
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        text_.append(prefix).append(name).append(labels).append(" ");
        text_.append(digits.data(), end).append("\n");
    }

    std::string text_;
};

}  // namespace

std::string metrics_text(const EngineStats& stats) {
    Text text;
    text.gauge("streams", "Streams live now.", stats.streams);
    text.counter("streams_started", "Streams started.", stats.streams_total);
    text.counter("streams_refused", "Streams refused because max-streams was reached.", stats.streams_refused);
    text.counter("streams_failed", "Streams that ended otherwise than asked.", stats.streams_failed);
    text.counter("leaked_bytes", "Bytes outstanding when a stream ended; anything but 0 is a defect.",
                 stats.leaked_bytes);
    text.gauge("memory_bytes", "Bytes that live streams have allocated.", stats.sum.memory_bytes);
    text.gauge("memory_peak_bytes", "The most bytes that one stream had allocated.", stats.sum.memory_peak_bytes);
    for (const auto& field : stats_fields) {
        if (field.is_maximum)
            text.gauge(field.name, field.help, stats.sum.*field.value);
        else
            text.counter(field.name, field.help, stats.sum.*field.value);
    }
    text.histogram("send_delay_seconds", "Time from the push of a frame's last sample to the socket.",
                   stats.send_delay);
    return text.take();
}

}  // namespace asr_stream::engine
