#include "engine/settings_table.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include "base/nearest.hpp"
#include "dialect/dialect.hpp"
#include "engine/setting_values.hpp"
#include "engine/settings_builder.hpp"
#include "websocket/connection.hpp"

namespace asr_stream::engine {
namespace {

constexpr std::uint64_t max_weight = 1000;
constexpr std::size_t max_endpoints = 32;
constexpr std::size_t max_headers = 64;
constexpr std::size_t max_hints = 1000;

std::string set_url(Profile& profile, std::string_view text) {
    if (const auto url = websocket::parse_url(text); !url) return url.error().message();
    profile.endpoints = {Endpoint{.url = std::string{text}, .weight = 1}};
    return {};
}

std::string add_endpoint(Profile& profile, std::string_view text) {
    Endpoint endpoint;
    const auto space = std::min(text.find(' '), text.size());
    endpoint.url = text.substr(0, space);
    if (const auto url = websocket::parse_url(endpoint.url); !url) return url.error().message();
    if (space < text.size()) {
        const auto weight = parse_number(trimmed(text.substr(space)));
        if (!weight || *weight < 1 || *weight > max_weight)
            return "after the URL and a space a weight of 1 to " + std::to_string(max_weight) + " is allowed";
        endpoint.weight = static_cast<std::uint32_t>(*weight);
    }
    if (profile.endpoints.size() >= max_endpoints) return "at most " + std::to_string(max_endpoints) + " are allowed";
    profile.endpoints.push_back(std::move(endpoint));
    return {};
}

std::vector<std::string_view> dialect_names() {
    std::vector<std::string_view> names;
    for (const auto& one : dialect::all()) names.push_back(one.name);
    return names;
}

std::string dialect_list() {
    std::string list;
    for (const auto name : dialect_names()) list.append(list.empty() ? "" : ", ").append(name);
    return list;
}

std::string set_dialect(Profile& profile, std::string_view text) {
    const auto names = dialect_names();
    if (std::find(names.begin(), names.end(), text) == names.end()) {
        const auto near = nearest(text, names);
        return "allowed are " + dialect_list() + (near.empty() ? "" : "; did you mean " + std::string{near} + "?");
    }
    profile.dialect = text;
    return {};
}

std::string add_header(Profile& profile, std::string_view text) {
    Header header = parse_header(text);
    if (!header.error.empty()) return header.error;
    const auto same = std::find_if(profile.headers.begin(), profile.headers.end(),
                                   [&](const auto& one) { return equal_ignoring_case(one.first, header.name); });
    if (same != profile.headers.end()) {
        same->second = std::move(header.value);
        return {};
    }
    if (profile.headers.size() >= max_headers) return "at most " + std::to_string(max_headers) + " are allowed";
    profile.headers.emplace_back(std::move(header.name), std::move(header.value));
    return {};
}

std::string add_hint(Profile& profile, std::string_view text) {
    const auto hint = trimmed(text);
    if (hint.empty()) return "a hint is a word or a phrase";
    if (profile.hints.size() >= max_hints) return "at most " + std::to_string(max_hints) + " are allowed";
    profile.hints.emplace_back(hint);
    return {};
}

std::string set_hints(Profile& profile, std::string_view text) {
    auto hints = parse_list(text);
    if (hints.size() > max_hints) return "at most " + std::to_string(max_hints) + " are allowed";
    profile.hints = std::move(hints);
    return {};
}

std::string set_metadata(Profile& profile, std::string_view text) {
    if (!text.empty()) {
        boost::system::error_code error;
        const auto value = boost::json::parse(text, error);
        if (error || !value.is_object()) return "allowed is a JSON object, for instance {\"campaign\":\"spring\"}";
    }
    profile.metadata = text;
    return {};
}

void add_service(Builder<Profile>& b) {
    const std::string url = "ws:// or wss:// URL";
    b.add("url", "", "", url, "The service; replaces all endpoints named before.", set_url);
    b.add("endpoint", "", "", url + ", then a space and a weight of 1 to 1000",
          "One of several URLs of the service, chosen by weight at each connect; may be set several times.",
          add_endpoint);
    b.add("dialect", "", "json", dialect_list(), "The wire protocol of the service.", set_dialect);
    b.add("header", "", "", "Name: value", "An extra header of the upgrade request; may be set several times.",
          add_header);
    b.text(
        "subprotocol", [](auto& p) -> auto& { return p.subprotocol; }, "a subprotocol's name, or empty",
        "Asked for in Sec-WebSocket-Protocol.");
    b.text(
        "proxy", [](auto& p) -> auto& { return p.proxy; }, "http://[user:password@]host:port, or empty",
        "An HTTP proxy that connects us through (CONNECT).");
    b.text(
        "tls-ca-file", [](auto& p) -> auto& { return p.tls.ca_file; }, "a PEM file, or empty",
        "Authorities that may vouch for the service; empty means the system's.");
    b.text(
        "tls-certificate-file", [](auto& p) -> auto& { return p.tls.certificate_file; }, "a PEM file, or empty",
        "Our own certificate chain, where the service asks for one.");
    b.text(
        "tls-key-file", [](auto& p) -> auto& { return p.tls.key_file; }, "a PEM file, or empty",
        "The key of our certificate; empty means that it is in tls-certificate-file.");
    b.boolean(
        "tls-verify-peer", [](auto& p) -> auto& { return p.tls.verify_peer; },
        "Refuse a service that no trusted authority vouches for.");
    b.boolean(
        "tls-verify-hostname", [](auto& p) -> auto& { return p.tls.verify_hostname; },
        "Refuse a certificate for another host name.");
    b.text(
        "tls-server-name", [](auto& p) -> auto& { return p.tls.server_name; }, "a host name, or empty",
        "The name asked for (SNI) and verified; empty means the URL's host.");
    b.boolean(
        "permessage-deflate", [](auto& p) -> auto& { return p.permessage_deflate; },
        "Offer compression (RFC 7692); costs some 300 KiB a stream.");
}

void add_recognition(Builder<Profile>& b) {
    b.text(
        "language", [](auto& p) -> auto& { return p.language; }, "a language tag (BCP 47)", "Handed to the service.");
    b.boolean(
        "interim", [](auto& p) -> auto& { return p.interim; }, "Ask for and deliver partial results.");
    b.add("hint", "", "", "a word or phrase", "A word the service should expect; may be set several times.", add_hint);
    b.add("hints", "", "", "words or phrases with commas between",
          "All words the service should expect; replaces those named before.", set_hints);
    b.text(
        "grammar", [](auto& p) -> auto& { return p.grammar; }, "JSGF, a service's own word for one, or empty",
        "What may be said; empty means open dictation.");
    b.add("metadata", "", "", "a JSON object, or empty", "Handed to the service as it is.", set_metadata);
    b.choice<SpeechDetection>(
        "speech-detection", [](auto& p) -> auto& { return p.speech_detection; },
        {{"service", SpeechDetection::service}, {"local", SpeechDetection::local}, {"both", SpeechDetection::both}},
        "Who tells when the caller begins and stops to speak: the service, our own detection, or whoever is first.");
}

void add_audio(Builder<Profile>& b) {
    b.choice<AudioFraming>(
        "audio-format", [](auto& p) -> auto& { return p.audio_format; },
        {{"text", AudioFraming::text}, {"binary", AudioFraming::binary}},
        "Dialect json: base64 in JSON, or binary frames.");
    b.number(
        "sample-rate", "Hz", [](auto& p) -> auto& { return p.sample_rate; }, 8000, 48'000,
        "Rate on the wire; 0 means the call's own.", true);
    b.duration(
        "frame-ms", [](auto& p) -> auto& { return p.frame_ms; }, 10, 1000,
        "Audio in one message; raised to the dialect's smallest message where that is more.");
}

void add_playback(Builder<Profile>& b) {
    b.boolean(
        "playback", [](auto& p) -> auto& { return p.playback; },
        "Dialect json: take audio of the service for the call; otherwise it is dropped and counted.");
    b.number(
        "playback-rate", "Hz", [](auto& p) -> auto& { return p.playback_rate; }, 8000, 48'000,
        "Rate of the service's audio that does not tell its own; 0 means the rate on the wire.", true);
}

void add_bounds(Builder<Profile>& b) {
    b.duration(
        "ring-ms", [](auto& p) -> auto& { return p.ring_ms; }, 40, 10'000,
        "Audio between the pushing thread and the loop; when full the newest frame is refused and counted.");
    b.duration(
        "queue-ms", [](auto& p) -> auto& { return p.queue_ms; }, 100, 600'000,
        "Unsent audio while connected; beyond it the oldest is dropped and counted.");
    b.duration(
        "replay-ms", [](auto& p) -> auto& { return p.replay_ms; }, 1000, 600'000,
        "Unconfirmed audio kept for a reconnect; beyond it the oldest is dropped and counted.");
    b.duration(
        "replay-guard-ms", [](auto& p) -> auto& { return p.replay_guard_ms; }, 0, 30'000,
        "How far behind the sent audio a final without times is taken to end.");
    b.number(
        "max-message-bytes", "bytes", [](auto& p) -> auto& { return p.max_message_bytes; }, 1024, 16u << 20,
        "Largest message of the service; a larger one ends the connection, and the stream reconnects.");
    b.number(
        "max-finals-per-second", "", [](auto& p) -> auto& { return p.max_finals_per_second; }, 1, 1000,
        "More finals in one second end the stream with an error.");
    b.duration(
        "partial-interval", [](auto& p) -> auto& { return p.partial_interval; }, 0, 10'000,
        "Least time between two partial results; those between are replaced by the latest.");
    b.number(
        "call-memory-bytes", "bytes", [](auto& p) -> auto& { return p.call_memory_bytes; }, 65'536, 1u << 30,
        "What one stream may allocate; beyond it that stream ends with an error.");
    b.number(
        "reconnect-attempts", "", [](auto& p) -> auto& { return p.reconnect_attempts; }, 0, 1'000'000,
        "Reconnects without a useful session between them, before the stream ends with an error.");
    b.duration(
        "reconnect-backoff", [](auto& p) -> auto& { return p.reconnect_backoff; }, 1, 60'000,
        "Wait before the first reconnect; doubles, with jitter, up to reconnect-backoff-max.");
    b.duration(
        "reconnect-backoff-max", [](auto& p) -> auto& { return p.reconnect_backoff_max; }, 1, 600'000,
        "Longest wait between two reconnects.");
    b.duration(
        "connect-timeout", [](auto& p) -> auto& { return p.connect_timeout; }, 10, 120'000,
        "For all steps of a connect together, and again for the service to become ready.");
    b.duration(
        "stall-timeout", [](auto& p) -> auto& { return p.stall_timeout; }, 100, 120'000,
        "While audio flows a ping unanswered for so long means that the service is frozen; reconnect.");
    b.duration(
        "idle-timeout", [](auto& p) -> auto& { return p.idle_timeout; }, 100, 86'400'000,
        "Nothing received for so long, pongs included, ends the connection; reconnect.");
    b.duration(
        "drain-timeout", [](auto& p) -> auto& { return p.drain_timeout; }, 0, 3'600'000,
        "After stop: how long the rest of the audio and the last results may take.");
}

}  // namespace

const std::vector<SettingRow<Profile>>& profile_rows() {
    static const auto rows = [] {
        Builder<Profile> builder;
        add_service(builder);
        add_recognition(builder);
        add_audio(builder);
        add_playback(builder);
        add_bounds(builder);
        add_call(builder);
        return builder.take();
    }();
    return rows;
}

const std::vector<SettingRow<EngineConfig>>& engine_rows() {
    static const auto rows = [] {
        Builder<EngineConfig> b;
        b.number(
            "loop-threads", "", [](auto& c) -> auto& { return c.loop_threads; }, 1, 64,
            "Threads that carry the streams; each stream stays on one.");
        b.number(
            "max-streams", "", [](auto& c) -> auto& { return c.max_streams; }, 1, 1'000'000,
            "Streams at once in the process; beyond it a start is refused and counted.");
        b.number(
            "connect-rate", "1/s", [](auto& c) -> auto& { return c.connect_rate; }, 1, 100'000,
            "New connections a second; more wait their turn and are counted.");
        b.duration(
            "tick", [](auto& c) -> auto& { return c.tick; }, 1, 100, "How often a loop drains its streams.");
        b.number(
            "batch-streams", "", [](auto& c) -> auto& { return c.batch_streams; }, 0, 1'000'000,
            "From so many streams of a loop on, messages of 30 ms and less leave several at a time, every 60 ms; 0 "
            "never.");
        b.number(
            "event-queue", "", [](auto& c) -> auto& { return c.event_queue; }, 16, 10'000'000,
            "Events that wait to be published; beyond it partials go first, and what is dropped is counted.");
        return b.take();
    }();
    return rows;
}

}  // namespace asr_stream::engine
