#include "websocket/proxy.hpp"

#include <asr_stream/engine.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace asr_stream::websocket {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t max_answer_bytes = 8192;

std::string connect_request(const ProxyUrl& proxy, const Url& target) {
    const std::string authority = authority_of(target.host, target.port);
    std::string text = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!proxy.authorization.empty()) text += "Proxy-Authorization: " + proxy.authorization + "\r\n";
    return text + "User-Agent: asr_stream/" + std::string{version()} + "\r\n\r\n";
}

Result<> judge(const std::string& answer) {
    http::response_parser<http::empty_body> parser;
    parser.skip(true);  // what follows the header belongs to the tunnel
    boost::system::error_code error;
    const std::size_t used = parser.put(asio::buffer(answer), error);
    if (error || !parser.is_header_done())
        return fail(Errc::proxy_refused, "the proxy's answer is not HTTP: " + printable(answer, 60));
    const auto& response = parser.get();
    const std::string status = "HTTP " + std::to_string(response.result_int()) + " " +
                               printable({response.reason().data(), response.reason().size()}, 60);
    if (response.result_int() == 407)
        return fail(Errc::proxy_refused, status + ": set proxy=http://user:password@host:port");
    if (http::to_status_class(response.result()) != http::status_class::successful)
        return fail(Errc::proxy_refused, status);
    if (used != answer.size()) return fail(Errc::proxy_refused, "the proxy sent bytes before the tunnel was used");
    return {};
}

}  // namespace

asio::awaitable<Result<>> open_tunnel(std::shared_ptr<FrameSocket> socket, const ProxyUrl& proxy, const Url& target) {
    const std::string request = connect_request(proxy, target);
    socket->write(request);
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
        std::array<char, 512> bytes;
        const auto [error, received] = co_await socket->read(bytes);
        if (error) co_return fail(Errc::proxy_refused, "the proxy closed the connection: " + error.message());
        answer.append(bytes.data(), received);
        if (answer.size() > max_answer_bytes) co_return fail(Errc::proxy_refused, "the proxy's answer exceeds 8 KiB");
    }
    socket->begin_answer();
    co_return judge(answer);
}

}  // namespace asr_stream::websocket
