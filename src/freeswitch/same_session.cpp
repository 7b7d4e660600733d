#include "freeswitch/same_session.hpp"

#include <algorithm>
#include <tuple>

namespace asr_stream::freeswitch {
namespace {

auto service_of(const Profile& p) {
    return std::tie(p.name, p.dialect, p.headers, p.subprotocol, p.proxy, p.permessage_deflate, p.language, p.interim,
                    p.hints, p.grammar, p.metadata, p.speech_detection, p.playback, p.playback_rate, p.audio_format,
                    p.sample_rate, p.frame_ms);
}

auto tls_of(const Profile& p) {
    return std::tie(p.tls.ca_file, p.tls.certificate_file, p.tls.key_file, p.tls.verify_peer, p.tls.verify_hostname,
                    p.tls.server_name);
}

auto bounds_of(const Profile& p) {
    return std::tie(p.ring_ms, p.queue_ms, p.replay_ms, p.replay_guard_ms, p.max_message_bytes, p.max_finals_per_second,
                    p.partial_interval, p.call_memory_bytes, p.reconnect_attempts, p.reconnect_backoff,
                    p.reconnect_backoff_max, p.connect_timeout, p.stall_timeout, p.idle_timeout, p.drain_timeout);
}

/// What the stream itself does with the call.
auto call_of(const Profile& p) {
    return std::tie(p.call.mix, p.call.barge_in, p.call.on_hangup, p.call.event_channel_data, p.call.playback_ms);
}

bool same_endpoints(const Profile& a, const Profile& b) {
    return std::equal(a.endpoints.begin(), a.endpoints.end(), b.endpoints.begin(), b.endpoints.end(),
                      [](const Endpoint& x, const Endpoint& y) { return x.url == y.url && x.weight == y.weight; });
}

}  // namespace

bool same_session(const Profile& running, const Profile& wanted) {
    return service_of(running) == service_of(wanted) && tls_of(running) == tls_of(wanted) &&
           bounds_of(running) == bounds_of(wanted) && call_of(running) == call_of(wanted) &&
           same_endpoints(running, wanted);
}

}  // namespace asr_stream::freeswitch
