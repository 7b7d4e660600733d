#include <arpa/inet.h>

#include <array>

#include "cli/probe.hpp"
#include "cli/text.hpp"
#include "engine/event_json.hpp"

namespace asr_stream::cli {
namespace {

struct Advice {
    Errc code;
    std::string_view text;
};
constexpr std::array advices{
    Advice{Errc::host_not_found, "Check the host name; `getent hosts NAME` asks the same resolver."},
    Advice{Errc::resolve_failed, "The name server did not answer; check /etc/resolv.conf and the network."},
    Advice{Errc::connect_refused, "Nothing listens there: check host and port, and whether the service runs."},
    Advice{Errc::connect_timeout,
           "No answer: a firewall may drop the packets, or the service hangs. Raise it with "
           "--set connect-timeout=MS."},
    Advice{Errc::connect_failed, "Check the route to the service and the firewall."},
    Advice{Errc::proxy_refused, "The proxy answered, but does not connect us; check proxy and its user and password."},
    Advice{Errc::tls_config,
           "Check tls-ca-file, tls-certificate-file and tls-key-file: PEM files that this user can read."},
    Advice{Errc::tls_failed, "Does the service speak TLS on this port? Plain services want ws:// in place of wss://."},
    Advice{Errc::tls_untrusted,
           "Name the authority's certificate with --ca-file. --insecure shows whether all else works."},
    Advice{Errc::tls_hostname_mismatch, "Use the name in the certificate, or say it with --set tls-server-name=NAME."},
    Advice{Errc::handshake_refused,
           "The HTTP status says why: 401 and 403 ask for another --header \"Authorization: ...\", "
           "404 for another path, 503 means that the service is busy."},
    Advice{Errc::handshake_failed, "Something else listens there; a TLS service wants wss:// in place of ws://."},
    Advice{Errc::ready_timeout, "The service took the connection but never became ready; check --dialect."},
    Advice{Errc::idle_timeout,
           "The service heard the audio but sent no transcript; check --dialect, --language and the file, "
           "or wait longer with --wait."},
    Advice{Errc::bad_message, "The service answers in other words than the dialect's; check --dialect."},
    Advice{Errc::closed_by_service, "The service ended the session; its code and reason say why."},
};

bool is_address(const std::string& url) {
    std::size_t begin = url.find("://");
    begin = begin == std::string::npos ? 0 : begin + 3;
    if (begin < url.size() && url[begin] == '[') return true;
    const std::string host = url.substr(begin, url.find_first_of(":/?", begin) - begin);
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1;
}

ProbeStep first_missing(const ProbeResult& so_far, const Profile& profile) {
    const std::string& first_hop = profile.proxy.empty() ? so_far.url : profile.proxy;
    if (!so_far.connect) return so_far.resolve || is_address(first_hop) ? ProbeStep::connect : ProbeStep::resolve;
    if (!profile.proxy.empty() && !so_far.proxy) return ProbeStep::proxy;
    if (so_far.url.starts_with("wss:") && !so_far.tls) return ProbeStep::tls;
    return so_far.handshake ? ProbeStep::ready : ProbeStep::handshake;
}

using OptionalTime = std::optional<ProbeResult::Duration>;

void row(std::string& out, std::string_view name, const OptionalTime& time, const std::string& remark = {}) {
    if (!time) return;
    const std::string milliseconds = fixed(static_cast<double>(time->count()) / 1000.0, 1);
    out += "  " + pad(name, 15) + pad_left(milliseconds, 10) + " ms" + (remark.empty() ? "" : "  " + remark) + "\n";
}

void number(dialect::JsonObject& object, std::string_view name, const OptionalTime& time) {
    if (time) object.number(name, static_cast<double>(time->count()) / 1000.0);
}

}  // namespace

std::string_view name_of(ProbeStep step) noexcept {
    switch (step) {
        case ProbeStep::settings: return "settings";
        case ProbeStep::resolve: return "resolve";
        case ProbeStep::connect: return "connect";
        case ProbeStep::proxy: return "proxy";
        case ProbeStep::tls: return "TLS";
        case ProbeStep::handshake: return "handshake";
        case ProbeStep::ready: return "ready";
        case ProbeStep::result: return "first result";
    }
    return "unknown";
}

ProbeStep step_of(const Error& error, const ProbeResult& so_far, const Profile& profile) {
    const auto is = [&](Errc code) { return error.code == code; };
    if (is(Errc::tls_config) || is(Errc::invalid_url) || is(Errc::invalid_setting)) return ProbeStep::settings;
    if (is(Errc::host_not_found) || is(Errc::resolve_failed)) return ProbeStep::resolve;
    if (is(Errc::connect_refused) || is(Errc::connect_failed)) return ProbeStep::connect;
    if (is(Errc::proxy_refused)) return ProbeStep::proxy;
    if (is(Errc::tls_failed) || is(Errc::tls_untrusted) || is(Errc::tls_hostname_mismatch)) return ProbeStep::tls;
    if (is(Errc::handshake_refused) || is(Errc::handshake_failed)) return ProbeStep::handshake;
    return first_missing(so_far, profile);
}

std::string_view advice_for(const Error& error) noexcept {
    for (const Advice& advice : advices) {
        if (error.code == advice.code) return advice.text;
    }
    return {};
}

std::string describe(const ProbeResult& result) {
    std::string out =
        printable(result.url) + (result.address.empty() ? "" : "  at " + printable(result.address)) + "\n";
    row(out, "resolve", result.resolve);
    row(out, "connect", result.connect);
    row(out, "proxy", result.proxy);
    row(out, "TLS", result.tls, printable(result.tls_version));
    row(out, "handshake", result.handshake,
        result.subprotocol.empty() ? "" : "subprotocol " + printable(result.subprotocol));
    row(out, "ready", result.ready);
    row(out, "first message", result.first_message, "after the first audio");
    row(out, "first result", result.first_result, result.result_kind + " \"" + printable(result.result_text) + "\"");
    if (!result.error) return out + "ok\n";
    out += "  " + pad(name_of(result.failed_step), 15) + "    FAILED   " + printable(result.error->message()) + "\n";
    if (const std::string_view advice = advice_for(*result.error); !advice.empty()) out += std::string{advice} + "\n";
    return out;
}

std::string to_json_line(const ProbeResult& result) {
    dialect::JsonObject times;
    number(times, "resolve", result.resolve);
    number(times, "connect", result.connect);
    number(times, "proxy", result.proxy);
    number(times, "tls", result.tls);
    number(times, "handshake", result.handshake);
    number(times, "ready", result.ready);
    number(times, "first_message", result.first_message);
    number(times, "first_result", result.first_result);
    dialect::JsonObject object;
    object.text("url", result.url).boolean("ok", !result.error).object("ms", times);
    if (!result.address.empty()) object.text("address", result.address);
    if (!result.tls_version.empty()) object.text("tls_version", result.tls_version);
    if (!result.subprotocol.empty()) object.text("subprotocol", result.subprotocol);
    if (result.first_result) object.text("result", result.result_kind).text("text", result.result_text);
    if (result.error) {
        dialect::JsonObject error = engine::to_json(*result.error);
        error.text("step", name_of(result.failed_step)).text("advice", advice_for(*result.error));
        object.object("error", error);
    }
    return object.str() + "\n";
}

}  // namespace asr_stream::cli
