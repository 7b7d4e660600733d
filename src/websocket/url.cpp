#include "websocket/url.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace asr_stream::websocket {
namespace {

constexpr std::size_t max_url_bytes = 4096;
constexpr std::size_t max_host_bytes = 253;  // RFC 1035 section 3.1, without the trailing dot

bool is_token(std::string_view text) {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != std::string_view::npos;
    });
}

std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

struct Authority {
    std::string host;
    std::string port;
};

Result<Authority> read_authority(const boost::urls::url_view& url, std::string_view default_port, Errc code) {
    if (!url.has_authority() || url.host().empty()) return fail(code, "no host name after the scheme");
    // Boost.URL 1.81 takes what follows the digits of a port as a path.
    if (!url.encoded_path().empty() && url.encoded_path().front() != '/') return fail(code, "the port is no number");
    Authority result{std::string{url.host_address()}, std::string{default_port}};
    if (url.encoded_host().find('%') != std::string_view::npos)
        return fail(code, "a host name must be plain ASCII (write an international name in its xn-- form)");
    if (url.host_type() == boost::urls::host_type::ipvfuture) return fail(code, "unknown kind of IP address");
    if (result.host.size() > max_host_bytes) return fail(code, "the host name is longer than 253 characters");
    if (url.has_port() && !url.port().empty()) {
        const std::string_view text{url.port().data(), url.port().size()};
        unsigned value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || value < 1 || value > 65'535)
            return fail(code, "port " + printable(text, 20) + ": allowed are 1 to 65535");
        result.port = std::to_string(value);
    }
    return result;
}

Result<boost::urls::url_view> read_url(std::string_view text, Errc code) {
    if (text.empty()) return fail(code, "it is empty");
    if (text.size() > max_url_bytes) return fail(code, "it is longer than 4096 characters");
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed) {
        const bool has_scheme = text.find("://") != std::string_view::npos;
        return fail(code, has_scheme
                              ? "it is no valid URL (RFC 3986): blanks and other special characters are written %20"
                              : "it does not begin with a scheme such as ws://");
    }
    return *parsed;
}

/// The URL for a message, without user, password and query, which may hold secrets.
std::string redacted(std::string_view text) {
    text = text.substr(0, text.find_first_of("?#"));
    const auto begin = text.find("://");
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return printable(text, 120);
    const std::string_view scheme = begin == std::string_view::npos ? "" : text.substr(0, begin + 3);
    return printable(std::string{scheme} + "..." + std::string{text.substr(at)}, 120);
}

tl::unexpected<Error> with_url(const Error& error, std::string_view url) {
    return fail(error.code, "'" + redacted(url) + "': " + error.context);
}

std::string basic_authorization(const boost::urls::url_view& url) {
    if (!url.has_userinfo()) return {};
    const std::string secret = std::string{url.user()} + ":" + std::string{url.password()};
    std::vector<unsigned char> encoded(4 * (secret.size() / 3 + 1) + 1);
    const int size = EVP_EncodeBlock(encoded.data(), reinterpret_cast<const unsigned char*>(secret.data()),
                                     static_cast<int>(secret.size()));
    return "Basic " + std::string{encoded.begin(), encoded.begin() + size};
}

Result<Url> read_ws_url(std::string_view text) {
    const auto url = read_url(text, Errc::invalid_url);
    if (!url) return tl::unexpected{url.error()};
    const std::string scheme = lower({url->scheme().data(), url->scheme().size()});
    if (scheme == "http" || scheme == "https")
        return fail(Errc::invalid_url,
                    "write " + std::string{scheme == "http" ? "ws" : "wss"} + ":// in place of " + scheme + "://");
    if (scheme != "ws" && scheme != "wss")
        return fail(Errc::invalid_url, "scheme " + printable(scheme, 20) + ": allowed are ws and wss");
    if (url->has_userinfo())
        return fail(Errc::invalid_url, "user and password do not belong into the URL: set a header Authorization");
    if (url->has_fragment()) return fail(Errc::invalid_url, "a WebSocket URL has no fragment: write # as %23");
    const bool secure = scheme == "wss";
    auto authority = read_authority(*url, secure ? "443" : "80", Errc::invalid_url);
    if (!authority) return tl::unexpected{authority.error()};
    const std::string_view target{url->encoded_target().data(), url->encoded_target().size()};
    return Url{secure, std::move(authority->host), std::move(authority->port),
               (target.empty() || target.front() != '/' ? "/" : "") + std::string{target}};
}

Result<ProxyUrl> read_proxy_url(std::string_view text) {
    const auto url = read_url(text, Errc::invalid_setting);
    if (!url) return tl::unexpected{url.error()};
    if (lower({url->scheme().data(), url->scheme().size()}) != "http")
        return fail(Errc::invalid_setting, "allowed is http://[user:password@]host:port");
    const std::string_view target{url->encoded_target().data(), url->encoded_target().size()};
    if ((!target.empty() && target != "/") || url->has_fragment())
        return fail(Errc::invalid_setting, "a proxy has no path: allowed is http://[user:password@]host:port");
    auto authority = read_authority(*url, "80", Errc::invalid_setting);
    if (!authority) return tl::unexpected{authority.error()};
    return ProxyUrl{std::move(authority->host), std::move(authority->port), basic_authorization(*url)};
}

bool is_reserved(const std::string& name) {
    constexpr std::array<std::string_view, 6> reserved{"host",           "connection", "upgrade",
                                                       "content-length", "te",         "transfer-encoding"};
    return std::ranges::find(reserved, name) != reserved.end() || name.starts_with("sec-websocket-");
}

}  // namespace

Result<Url> parse_url(std::string_view url) {
    auto result = read_ws_url(url);
    if (!result) return with_url(result.error(), url);
    return result;
}

Result<ProxyUrl> parse_proxy_url(std::string_view url) {
    auto result = read_proxy_url(url);
    if (!result) return fail(result.error().code, "proxy='" + redacted(url) + "': " + result.error().context);
    return result;
}

std::string authority_of(std::string_view host, std::string_view port) {
    const bool v6 = host.find(':') != std::string_view::npos;
    return (v6 ? "[" : "") + std::string{host} + (v6 ? "]:" : ":") + std::string{port};
}

std::string host_header_of(const Url& url) {
    std::string authority = authority_of(url.host, url.port);
    if (url.port == (url.secure ? "443" : "80")) authority.resize(authority.size() - url.port.size() - 1);
    return authority;
}

Result<> check_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
    for (const auto& [name, value] : headers) {
        const auto refuse = [&name = name](std::string_view why) {
            return fail(Errc::invalid_setting, "header '" + printable(name, 60) + "': " + std::string{why});
        };
        if (!is_token(name)) return refuse("a name has letters, digits and !#$%&'*+-.^_`|~ only");
        const std::string key = lower(name);
        if (key == "sec-websocket-protocol") return refuse("use the setting subprotocol");
        if (is_reserved(key)) return refuse("it is written by the WebSocket handshake itself");
        const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
        if (std::ranges::any_of(value, is_control)) return refuse("its value has a line break or control character");
    }
    return {};
}

Result<> check_subprotocol(std::string_view name) {
    if (name.empty() || is_token(name)) return {};
    return fail(Errc::invalid_setting,
                "subprotocol='" + printable(name, 60) + "': allowed are letters, digits and !#$%&'*+-.^_`|~");
}

std::string printable(std::string_view text, std::size_t max_bytes, Charset charset) {
    const auto is_shown = [charset](char c) {
        return (c > ' ' && c < 0x7F) || (charset == Charset::utf8 && static_cast<unsigned char>(c) >= 0x80);
    };
    std::string result;
    for (const char c : text) {
        const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (blank && (result.empty() || result.back() == ' ')) continue;
        if (result.size() == max_bytes) return result + "...";
        result += blank ? ' ' : is_shown(c) ? c : '?';
    }
    while (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

}  // namespace asr_stream::websocket
