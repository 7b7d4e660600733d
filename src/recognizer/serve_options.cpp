#include "recognizer/serve_options.hpp"

#include <array>
#include <charconv>
#include <string_view>

namespace asr_stream::recognizer {
namespace {

using std::chrono::milliseconds;

struct Range {
    std::string_view name;
    std::int64_t value;
    std::int64_t min;
    std::int64_t max;
    std::string_view unit;
};

Result<> check(const Range& range) {
    if (range.value >= range.min && range.value <= range.max) return {};
    const std::string unit = range.unit.empty() ? "" : " " + std::string{range.unit};
    return fail(Errc::invalid_setting, "--" + std::string{range.name} + '=' + std::to_string(range.value) +
                                           ": allowed are " + std::to_string(range.min) + " to " +
                                           std::to_string(range.max) + unit);
}

}  // namespace

Result<ListenAddress> parse_listen(const std::string& text) {
    const auto wrong = [&text](std::string_view why) {
        return fail(Errc::invalid_setting,
                    "--listen=" + text + ": " + std::string{why} +
                        "; ADDRESS:PORT is wanted, as 127.0.0.1:2700, 0.0.0.0:2700 or [::1]:2700");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return wrong("no port");
    ListenAddress result{.host = text.substr(0, colon)};
    if (result.host.starts_with('[') && result.host.ends_with(']'))
        result.host = result.host.substr(1, result.host.size() - 2);
    else if (result.host.find(':') != std::string::npos)
        return wrong("an IPv6 address stands in brackets");
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, result.port);
    if (error != std::errc{} || rest != end) return wrong("the port is a number of 0 to 65535");
    if (result.host.empty()) return wrong("no address");
    return result;
}

Result<> validate(const ServeOptions& options) {
    if (auto listen = parse_listen(options.listen); !listen) return tl::unexpected{listen.error()};
    if (options.tls_certificate.empty() && !options.tls_key.empty())
        return fail(Errc::invalid_setting, "--tls-key without --tls-certificate");
    if (!(options.hint_weight > 0 && options.hint_weight < 1))
        return fail(Errc::invalid_setting,
                    "--hint-weight=" + std::to_string(options.hint_weight) + ": allowed is what is between 0 and 1");
    const auto ms = [](milliseconds time) { return static_cast<std::int64_t>(time.count()); };
    const auto count = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    constexpr std::int64_t day = 86'400'000;
    const std::array ranges{
        Range{"endpoint-silence", ms(options.endpoint_silence), 200, 10'000, "ms"},
        Range{"max-utterance", ms(options.max_utterance), 1'000, 300'000, "ms"},
        Range{"partial-interval", ms(options.partial_interval), 20, 10'000, "ms"},
        Range{"threads", options.threads, 0, 256, ""},
        Range{"max-recognizers", count(options.max_recognizers), 1, 100'000, ""},
        Range{"recognizer-idle", ms(options.recognizer_idle), 0, day, "ms"},
        Range{"max-clients", count(options.max_clients), 1, 100'000, ""},
        Range{"max-backlog", ms(options.max_backlog), 100, day, "ms"},
        Range{"max-lag", ms(options.max_lag), 100, 600'000, "ms"},
        Range{"read-ahead", ms(options.read_ahead), 100, 600'000, "ms"},
        Range{"idle-timeout", ms(options.idle_timeout), 100, day, "ms"},
        Range{"max-session", ms(options.max_session), 100, 7 * day, "ms"},
        Range{"max-message-bytes", count(options.max_message_bytes), 1'024, 16 << 20, "bytes"},
        Range{"max-unsent-bytes", count(options.max_unsent_bytes), 1'024, 64 << 20, "bytes"},
        Range{"stop-timeout", ms(options.stop_timeout), 0, 600'000, "ms"},
    };
    for (const auto& range : ranges) {
        if (auto allowed = check(range); !allowed) return allowed;
    }
    return {};
}

}  // namespace asr_stream::recognizer
