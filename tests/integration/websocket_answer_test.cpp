#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "websocket_client.hpp"

/// Answers to the upgrade request, and what the operator is told of them.
namespace asr_stream::websocket::test {
namespace {

using testing::HasSubstr;

struct Answer {
    const char* name;
    Script script;
    Errc code;
    const char* context;
    friend void PrintTo(const Answer& answer, std::ostream* out) { *out << answer.name; }
};

constexpr auto switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";

void answer_raw(Session& session, const std::string& text) {
    if (session.request() != nullptr) session.raw(text);
}

class ConnectingAnswer : public Connecting, public testing::WithParamInterface<Answer> {};

TEST_P(ConnectingAnswer, OtherThanAnUpgradeIsExplained) {
    ScriptedServer server{GetParam().script};
    const Error error = error_of({.url = server.url()});
    EXPECT_EQ(error.code, GetParam().code) << error.message();
    EXPECT_THAT(error.context, HasSubstr(GetParam().context));
    EXPECT_LT(error.context.size(), 400u);
}

INSTANTIATE_TEST_SUITE_P(
    All, ConnectingAnswer,
    testing::Values(
        Answer{"Unauthorized", [](Session& s) { s.refuse(401, "Unauthorized", "no\r\n token \x01 here"); },
               Errc::handshake_refused, "HTTP 401 Unauthorized: no token ? here"},
        Answer{"Forbidden", [](Session& s) { s.refuse(403, "Forbidden"); }, Errc::handshake_refused,
               "HTTP 403 Forbidden"},
        Answer{"NotFound", [](Session& s) { s.refuse(404, "Not Found", std::string(5000, 'x')); },
               Errc::handshake_refused, "HTTP 404 Not Found: xxx"},
        Answer{"Unavailable", [](Session& s) { s.refuse(503, "Service Unavailable", "busy"); }, Errc::handshake_refused,
               "HTTP 503 Service Unavailable: busy"},
        Answer{"Moved",
               [](Session& s) {
                   s.refuse(301, "Moved", "", {{"Location", "https://other/"}});
               },
               Errc::handshake_refused, "HTTP 301 Moved to https://other/"},
        Answer{"Ordinary", [](Session& s) { s.refuse(200, "OK", "<html>"); }, Errc::handshake_refused,
               "HTTP 200 OK: <html>"},
        Answer{"BodyWithoutEnd",
               [](Session& s) {
                   answer_raw(s, "HTTP/1.1 500 Broken\r\n\r\n");
                   while (s.raw(std::string(4096, 'x'))) {
                   }
               },
               Errc::handshake_refused, "HTTP 500 Broken"},
        Answer{"BodyCutShort",
               [](Session& s) { answer_raw(s, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 99\r\n\r\nhalf"), s.cut(); },
               Errc::handshake_refused, "HTTP 502 Bad Gateway"},
        Answer{"NotHttp", [](Session& s) { s.raw("SSH-2.0-OpenSSH_9.2\r\n"), s.hang(); }, Errc::handshake_failed,
               "bad version"},
        Answer{"Bytes", [](Session& s) { s.raw(std::string(3000, '\0')), s.hang(); }, Errc::handshake_failed, ""},
        Answer{"HugeHeader",
               [](Session& s) {
                   answer_raw(s, std::string{switching} + "X: ");
                   while (s.raw(std::string(4096, 'x'))) {
                   }
               },
               Errc::handshake_failed, "limit"},
        Answer{"HalfAHeader", [](Session& s) { answer_raw(s, std::string{switching}), s.cut(); },
               Errc::handshake_failed, ""},
        Answer{"NothingAtAll", [](Session& s) { s.request(), s.cut(); }, Errc::handshake_failed, "without an answer"},
        Answer{"Reset", [](Session& s) { s.request(), s.reset(); }, Errc::handshake_failed, "reset"},
        Answer{
            "WrongAccept",
            [](Session& s) { answer_raw(s, std::string{switching} + "Sec-WebSocket-Accept: AAAA\r\n\r\n"), s.hang(); },
            Errc::handshake_failed, "Sec-WebSocket-Accept"},
        Answer{"NoAccept", [](Session& s) { answer_raw(s, std::string{switching} + "\r\n"), s.hang(); },
               Errc::handshake_failed, "Sec-WebSocket-Accept"},
        Answer{"NoUpgradeHeader",
               [](Session& s) { answer_raw(s, "HTTP/1.1 101 OK\r\nConnection: Upgrade\r\n\r\n"), s.hang(); },
               Errc::handshake_failed, "Upgrade"},
        Answer{"OtherSubprotocol", [](Session& s) { s.accept("unasked"), s.hang(); }, Errc::handshake_failed,
               "subprotocol 'unasked', offered was none"},
        Answer{"UnaskedExtension",
               [](Session& s) {
                   s.accept({}, {{"Sec-WebSocket-Extensions", "permessage-deflate"}}), s.hang();
               },
               Errc::handshake_failed, "extension that was not offered"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace asr_stream::websocket::test
