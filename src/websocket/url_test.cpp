#include "websocket/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace asr_stream::websocket {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const Result<Url>& url) {
    if (!url) return url.error().context;
    return (url->secure ? "wss|" : "ws|") + url->host + "|" + url->port + "|" + url->target;
}

TEST(Url, ReadsAllItsParts) {
    EXPECT_EQ(text_of(parse_url("ws://example.org")), "ws|example.org|80|/");
    EXPECT_EQ(text_of(parse_url("wss://example.org")), "wss|example.org|443|/");
    EXPECT_EQ(text_of(parse_url("WSS://Example.org:2700/a/b?c=d&e")), "wss|Example.org|2700|/a/b?c=d&e");
    EXPECT_EQ(text_of(parse_url("ws://127.0.0.1:1/")), "ws|127.0.0.1|1|/");
    EXPECT_EQ(text_of(parse_url("ws://[::1]:65535/x")), "ws|::1|65535|/x");
    EXPECT_EQ(text_of(parse_url("ws://[2001:db8::7]")), "ws|2001:db8::7|80|/");
    EXPECT_EQ(text_of(parse_url("ws://host?q=1")), "ws|host|80|/?q=1");
    EXPECT_EQ(text_of(parse_url("ws://host:/x")), "ws|host|80|/x");
    EXPECT_EQ(text_of(parse_url("ws://host/a%20b%2Fc?d=%C3%BC")), "ws|host|80|/a%20b%2Fc?d=%C3%BC");
}

struct Refused {
    const char* url;
    const char* reason;
};

TEST(Url, RefusesOthersWithTheReason) {
    for (const auto& [url, reason] : {
             Refused{"", "it is empty"},
             Refused{"example.org:2700", "scheme"},
             Refused{"example.org/x", "does not begin with a scheme"},
             Refused{"http://example.org", "write ws:// in place of http://"},
             Refused{"https://example.org", "write wss:// in place of https://"},
             Refused{"ftp://example.org", "scheme ftp: allowed are ws and wss"},
             Refused{"ws:///path", "no host name"},
             Refused{"ws:path", "no host name"},
             Refused{"ws://", "no host name"},
             Refused{"ws://user:secret@host/", "set a header Authorization"},
             Refused{"ws://host/#part", "write # as %23"},
             Refused{"ws://host:0/", "port 0: allowed are 1 to 65535"},
             Refused{"ws://host:65536/", "port 65536"},
             Refused{"ws://host:99999999999999999999/", "port 9999"},
             Refused{"ws://host:http/", "port is no number"},
             Refused{"ws://host:80x/", "port is no number"},
             Refused{"ws://host/a b", "%20"},
             Refused{"ws://h\xc3\xb6st/", "no valid URL"},
             Refused{"ws://h%C3%B6st/", "xn--"},
             Refused{"ws://[::1/", "no valid URL"},
             Refused{"ws://[v1.x]/", "unknown kind of IP address"},
         }) {
        const auto result = parse_url(url);
        ASSERT_FALSE(result) << url;
        EXPECT_EQ(result.error().code, Errc::invalid_url) << url;
        EXPECT_THAT(result.error().context, HasSubstr(reason)) << url;
    }
    EXPECT_THAT(text_of(parse_url("ws://" + std::string(254, 'a'))), HasSubstr("longer than 253"));
    EXPECT_THAT(text_of(parse_url("ws://a/" + std::string(5000, 'a'))), HasSubstr("longer than 4096"));
}

TEST(Url, MessagesKeepSecretsToThemselves) {
    EXPECT_THAT(text_of(parse_url("http://user:secret@host/x?key=hidden")),
                AllOf(HasSubstr("http://...@host/x"), Not(HasSubstr("secret")), Not(HasSubstr("hidden"))));
}

TEST(Url, HostHeaderNamesThePortOnlyWhenItIsUnusual) {
    EXPECT_EQ(host_header_of({false, "a", "80", "/"}), "a");
    EXPECT_EQ(host_header_of({true, "a", "443", "/"}), "a");
    EXPECT_EQ(host_header_of({true, "a", "80", "/"}), "a:80");
    EXPECT_EQ(host_header_of({false, "::1", "80", "/"}), "[::1]");
    EXPECT_EQ(host_header_of({false, "::1", "2700", "/"}), "[::1]:2700");
}

TEST(ProxyUrl, ReadsUserAndPassword) {
    const auto proxy = parse_proxy_url("http://Aladdin:open%20sesame@proxy.example:3128");
    ASSERT_TRUE(proxy);
    EXPECT_EQ(proxy->host, "proxy.example");
    EXPECT_EQ(proxy->port, "3128");
    EXPECT_EQ(proxy->authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617 section 2
    EXPECT_EQ(parse_proxy_url("http://[::1]/")->host, "::1");
    EXPECT_EQ(parse_proxy_url("http://p")->port, "80");
    EXPECT_EQ(parse_proxy_url("http://p")->authorization, "");
}

TEST(ProxyUrl, RefusesOthersWithTheReason) {
    for (const char* url :
         {"", "proxy:3128", "https://proxy", "socks5://proxy", "http://proxy/path", "http://proxy:0"}) {
        const auto proxy = parse_proxy_url(url);
        ASSERT_FALSE(proxy) << url;
        EXPECT_EQ(proxy.error().code, Errc::invalid_setting);
        EXPECT_THAT(proxy.error().context, HasSubstr("proxy='"));
    }
    EXPECT_THAT(parse_proxy_url("http://u:secret@proxy:0").error().context, Not(HasSubstr("secret")));
}

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(Headers, OrdinaryOnesAreAllowed) {
    EXPECT_TRUE(check_headers({}));
    EXPECT_TRUE(
        check_headers({{"Authorization", "Bearer a.b-c=="}, {"X-Tab", "a\tb"}, {"X-Empty", ""}, {"X", "\xc3\xbc"}}));
}

TEST(Headers, OthersAreRefusedByName) {
    for (const auto& [name, reason] : {
             std::pair{"", "letters, digits"},
             std::pair{"Two words", "letters, digits"},
             std::pair{"Colon:", "letters, digits"},
             std::pair{"Line\r\n", "letters, digits"},
             std::pair{"hOST", "handshake itself"},
             std::pair{"Connection", "handshake itself"},
             std::pair{"Upgrade", "handshake itself"},
             std::pair{"Content-Length", "handshake itself"},
             std::pair{"Sec-WebSocket-Key", "handshake itself"},
             std::pair{"Sec-WebSocket-Protocol", "setting subprotocol"},
         }) {
        const auto checked = check_headers({{name, "x"}});
        ASSERT_FALSE(checked) << name;
        EXPECT_EQ(checked.error().code, Errc::invalid_setting);
        EXPECT_THAT(checked.error().context, HasSubstr(reason));
    }
    for (const auto& value : std::vector<std::string>{"a\r\nb", "a\nb", "a\x7f", std::string("a\0b", 3)})
        EXPECT_THAT(check_headers({{"X", value}}).error().context, HasSubstr("header 'X': its value"));
}

TEST(Headers, SubprotocolIsAToken) {
    EXPECT_TRUE(check_subprotocol(""));
    EXPECT_TRUE(check_subprotocol("audio.jambonz.org"));
    EXPECT_FALSE(check_subprotocol("a,b"));
    EXPECT_FALSE(check_subprotocol("a b"));
}

TEST(Printable, IsOneShortLine) {
    EXPECT_EQ(printable("plain", 10), "plain");
    EXPECT_EQ(printable("  a \r\n\t b  ", 10), "a b");
    EXPECT_EQ(printable(std::string("\0\x1b\x7f\xff", 4), 10), "????");
    EXPECT_EQ(printable("0123456789abc", 10), "0123456789...");
    EXPECT_EQ(printable("f\xc3\xbcr", 10, Charset::utf8), "f\xc3\xbcr");
}

}  // namespace
}  // namespace asr_stream::websocket
