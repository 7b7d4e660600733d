#include "recognizer/health.hpp"

#include <asr_stream/engine.hpp>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "dialect/json_write.hpp"

namespace asr_stream::recognizer {
namespace {

struct Fact {
    std::string_view name;
    std::variant<std::string, std::int64_t, double> value;
    std::string_view meaning;
};
struct Section {
    std::string_view name;
    std::vector<Fact> facts;
};

std::int64_t whole(const ServiceStats::Counter& counter) { return static_cast<std::int64_t>(counter.load()); }
template <class Number>
std::int64_t whole(Number number) {
    return static_cast<std::int64_t>(number);
}
std::int64_t in_ms(std::chrono::microseconds time) { return time.count() / 1000; }

std::string two_digits(double value) {
    auto text = std::to_string(value);
    return text.substr(0, text.find('.') + 3);
}

Section service_section(const HealthFacts& facts) {
    const auto& model = facts.service.model();
    return {"service",
            {{"model", model.name(), "acoustic model"},
             {"sample_rate", whole(model.sample_rate()), "Hz; other audio is resampled"},
             {"uptime_s", whole(facts.uptime.count() / 1000), "since the start"}}};
}

Section load_section(const HealthFacts& facts) {
    const auto& options = facts.service.options();
    const auto decoding = facts.service.decoders().stats();
    const auto recognizers = facts.service.recognizers().stats();
    const double speed = decoding.busy.count() == 0
                             ? 0.0
                             : static_cast<double>(decoding.audio.count()) / static_cast<double>(decoding.busy.count());
    return {"load",
            {{"clients", whole(facts.clients_now), "connected now"},
             {"max_clients", whole(options.max_clients), "beyond: HTTP 503"},
             {"decoder_threads", whole(options.threads), "share all clients' audio"},
             {"backlog_ms", in_ms(decoding.backlog), "audio that waits to be decoded, of all clients"},
             {"max_backlog_ms", whole(options.max_backlog.count()), "beyond: new clients are told \"overloaded\""},
             {"max_lag_ms", whole(options.max_lag.count()), "a client later than real time is told \"overloaded\""},
             {"recognizers_in_use", whole(recognizers.in_use), "utterances under way"},
             {"recognizers_idle", whole(recognizers.idle), "wait for the next utterance"},
             {"max_recognizers", whole(options.max_recognizers), "beyond: \"overloaded\""},
             {"audio_ms", in_ms(decoding.audio), "decoded since the start"},
             {"decoding_ms", in_ms(decoding.busy), "thread time that took"},
             {"times_real_time", speed, "seconds of audio a second of thread time"}}};
}

Section recognition_section(const HealthFacts& facts) {
    const auto& stats = facts.service.stats();
    const auto finals = whole(stats.finals);
    const auto delay =
        finals == 0 ? 0.0 : static_cast<double>(stats.final_delay_us.load()) / static_cast<double>(finals);
    return {"recognition",
            {{"utterances", finals, "finals sent"},
             {"empty_utterances", whole(stats.empty_finals), "nothing was recognized in them"},
             {"partials", whole(stats.partials), ""},
             {"cut_utterances", whole(stats.cut_utterances), "longer than max-utterance"},
             {"final_delay_ms", delay / 1000, "mean, from the last audio's arrival to its final"},
             {"final_delay_max_ms", static_cast<double>(stats.final_delay_max_us.load()) / 1000, "the longest"},
             {"failed_sessions", whole(stats.failed_sessions), "the recognizer refused"},
             {"recognizers_created", whole(facts.service.recognizers().stats().created), "loads of the model"},
             {"recognizers_reused", whole(facts.service.recognizers().stats().reused), "by the same task"},
             {"recognizers_switched", whole(facts.service.recognizers().stats().switched), "to another task"},
             {"recognizers_expired", whole(facts.service.recognizers().stats().expired), "idle for recognizer-idle"},
             {"recognizers_refused", whole(facts.service.recognizers().stats().refused), "max-recognizers reached"}}};
}

Section client_section(const HealthFacts& facts) {
    const auto& stats = facts.service.stats();
    return {"clients",
            {{"connections", whole(stats.connections), "accepted"},
             {"connections_refused", whole(stats.connections_refused), "too many at once"},
             {"http_requests", whole(stats.http_requests), "pages like this one"},
             {"failed_handshakes", whole(stats.failed_handshakes), "TLS or HTTP that was none"},
             {"clients_served", whole(stats.clients), "WebSockets opened"},
             {"clients_refused", whole(stats.clients_refused), "max-clients reached"},
             {"overloaded_clients", whole(stats.overloaded_clients), "max-backlog or max-recognizers reached"},
             {"lagging_clients", whole(stats.lagging_clients), "max-lag reached"},
             {"idle_clients", whole(stats.idle_clients), "idle-timeout reached"},
             {"long_sessions", whole(stats.long_sessions), "max-session reached"},
             {"slow_clients", whole(stats.slow_clients), "max-unsent-bytes reached"},
             {"reading_paused", whole(stats.reading_paused), "read-ahead reached"},
             {"messages", whole(stats.messages), "received"},
             {"sent_messages", whole(stats.sent_messages), ""},
             {"bad_messages", whole(stats.bad_messages), "could not be read"},
             {"too_big_messages", whole(stats.too_big_messages), "max-message-bytes reached"},
             {"ignored_messages", whole(stats.ignored_messages), "DTMF, text, and what comes after the stop"}}};
}

std::vector<Section> sections(const HealthFacts& facts) {
    return {service_section(facts), load_section(facts), recognition_section(facts), client_section(facts)};
}

std::string to_text(const Fact& fact) {
    if (const auto* text = std::get_if<std::string>(&fact.value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&fact.value)) return std::to_string(*number);
    return two_digits(std::get<double>(fact.value));
}

std::string escape(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '&': result += "&amp;"; break;
            case '"': result += "&quot;"; break;
            default: result += c;
        }
    }
    return result;
}

constexpr std::string_view page_begin = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>asr-stream serve</title>
<style>body{font-family:sans-serif;margin:2em;max-width:60em}td{padding:.1em 1em .1em 0}
td.value{text-align:right;font-variant-numeric:tabular-nums}td.meaning{color:#666}</style></head><body>
<h1>asr-stream serve )";
constexpr std::string_view page_usage = R"(</h1>
<p>Speech recognition over WebSocket. Clients speak <b>json</b> (path /json) or <b>vosk</b> (path /vosk); at any other
path the first message decides. The same numbers as JSON: <a href="/health">/health</a>.</p>
)";

}  // namespace

std::string health_html(const HealthFacts& facts) {
    std::string page{page_begin};
    page += escape(version());
    page += page_usage;
    for (const auto& section : sections(facts)) {
        page += "<h2>" + escape(section.name) + "</h2>\n<table>\n";
        for (const auto& fact : section.facts)
            page += "<tr><td>" + escape(fact.name) + "</td><td class=\"value\">" + escape(to_text(fact)) +
                    "</td><td class=\"meaning\">" + escape(fact.meaning) + "</td></tr>\n";
        page += "</table>\n";
    }
    page += "</body></html>\n";
    return page;
}

std::string health_json(const HealthFacts& facts) {
    std::string out = R"({"status":)";
    out += facts.service.decoders().is_overloaded() ? R"("overloaded")" : R"("ok")";
    out += R"(,"version":)";
    dialect::append_json_string(out, version());
    for (const auto& section : sections(facts)) {
        out += ",\n";
        dialect::append_json_string(out, section.name);
        out += ":{";
        for (const auto& fact : section.facts) {
            if (&fact != &section.facts.front()) out += ',';
            dialect::append_json_string(out, fact.name);
            out += ':';
            if (std::holds_alternative<std::string>(fact.value))
                dialect::append_json_string(out, to_text(fact));
            else
                out += to_text(fact);
        }
        out += '}';
    }
    out += "}\n";
    return out;
}

}  // namespace asr_stream::recognizer
