#include "websocket/url.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace asr_stream::websocket;

namespace {

void require(bool holds, const char* claim) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", claim);
    std::abort();
}

bool is_one_line(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void check_url(std::string_view text) {
    const auto url = parse_url(text);
    if (!url) return require(is_one_line(url.error().context), "an error is one line");
    require(is_one_line(url->host) && is_one_line(url->target), "nothing in a URL breaks a header line");
    require(url->target.starts_with('/') && !url->host.empty() && !url->port.empty(), "all parts are there");
    const std::string again = (url->secure ? "wss://" : "ws://") + authority_of(url->host, url->port) + url->target;
    const auto twice = parse_url(again);
    require(twice && twice->host == url->host && twice->port == url->port && twice->target == url->target,
            "what was read can be written and read again");
}

void check_proxy(std::string_view text) {
    const auto proxy = parse_proxy_url(text);
    if (!proxy) return require(is_one_line(proxy.error().context), "an error is one line");
    require(is_one_line(proxy->host) && is_one_line(proxy->authorization), "nothing in a proxy breaks a header line");
}

void check_header(std::string_view text) {
    const auto middle = std::min(text.find(':'), text.size());
    const std::string name{text.substr(0, middle)};
    const std::string value{text.substr(middle)};
    if (check_headers({{name, value}}))
        require(name.find_first_of("\r\n: ") == std::string::npos && value.find_first_of("\r\n") == std::string::npos,
                "no header smuggles in another");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_url(text);
    check_proxy(text);
    check_header(text);
    require(is_one_line(printable(text, 100)) && printable(text, 100).size() <= 103,
            "printable text is one short line");
    return 0;
}
