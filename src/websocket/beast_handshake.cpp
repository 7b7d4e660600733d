#include <asr_stream/engine.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>

#include "websocket/beast_connection.hpp"
#include "websocket/url.hpp"

/// The opening handshake of a BeastConnection: the request, and what an answer other than 101 tells the operator.
namespace asr_stream::websocket {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ws = boost::beast::websocket;

namespace {

constexpr std::size_t shown_body_bytes = 200;
constexpr int max_window_bits = 15;
constexpr int min_window_bits = 9;  // zlib cannot write a window of 8 bits

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// "HTTP/1.1 503 Service Unavailable" of an answer that came in part only; empty when it is another kind of answer.
std::string refusal_in(std::string_view answer) {
    constexpr std::string_view version = "HTTP/1.";
    if (!answer.starts_with(version) || answer.size() < version.size() + 5) return {};
    const std::string_view line = answer.substr(version.size() + 2, answer.find('\r') - version.size() - 2);
    return line.starts_with("101") ? std::string{} : "HTTP " + printable(line, 100);
}

std::string describe(const ws::response_type& response) {
    std::string text = "HTTP " + std::to_string(response.result_int()) + " " + printable(view(response.reason()), 60);
    const auto location = response.find(http::field::location);
    if (location != response.end()) text += " to " + printable(view(location->value()), shown_body_bytes);
    const std::string body = printable(response.body(), shown_body_bytes);
    return body.empty() ? text : text + ": " + body;
}

void write_request(ws::request_type& request, const ConnectOptions& options) {
    request.set(http::field::user_agent, "asr_stream/" + std::string{version()});
    for (const auto& [name, value] : options.headers)
        if (boost::beast::iequals(name, "User-Agent")) request.erase(http::field::user_agent);
    for (const auto& [name, value] : options.headers) request.insert(name, value);
    if (!options.subprotocol.empty()) request.set(http::field::sec_websocket_protocol, options.subprotocol);
}

}  // namespace

void BeastConnection::configure() {
    stream_.read_message_max(options_->max_message_bytes);
    stream_.set_option(ws::stream_base::decorator{
        [options = options_](ws::request_type& request) { write_request(request, *options); }});
    stream_.control_callback([this](ws::frame_type kind, boost::beast::string_view payload) {
        if (kind == ws::frame_type::pong) on_pong(view(payload));
    });
    if (!options_->permessage_deflate) return;
    ws::permessage_deflate deflate;
    deflate.client_enable = true;
    stream_.set_option(deflate);
}

asio::awaitable<Result<>> BeastConnection::handshake() {
    Response response;
    const std::string host = host_header_of(url_);
    constexpr auto token = asio::as_tuple(asio::use_awaitable);
    const auto [error] = co_await stream_.async_handshake(response, host, url_.target, token);
    auto judged = judge(response, error);
    stream_.set_option(ws::stream_base::decorator{[](ws::request_type&) {}});
    url_ = {};
    if (judged) socket_->upgraded();
    co_return judged;
}

Result<> BeastConnection::judge(const Response& response, error_code error) {
    if (error == ws::error::upgrade_declined) return fail(Errc::handshake_refused, describe(response));
    if (error == ws::condition::handshake_failed) return fail(Errc::handshake_failed, error.message());
    if (error) {
        if (const auto refusal = refusal_in(socket_->answer()); !refusal.empty())
            return fail(Errc::handshake_refused, refusal);
        if (!socket_->tls_failure().empty()) return fail(Errc::tls_failed, socket_->tls_failure());
        const bool silent = socket_->answer().empty();
        const bool ended = error == asio::error::eof || error == http::error::end_of_stream;
        if (silent && ended) return fail(Errc::handshake_failed, "the service closed the connection without an answer");
        return fail(Errc::handshake_failed, error.message());
    }
    if (auto checked = check_subprotocol(response); !checked) return checked;
    return check_extensions(response);
}

Result<> BeastConnection::check_subprotocol(const Response& response) {
    const auto chosen = view(response[http::field::sec_websocket_protocol]);
    if (!chosen.empty() && chosen != options_->subprotocol)
        return fail(Errc::handshake_failed, "the service chose the subprotocol '" + printable(chosen, 60) +
                                                "', offered was " +
                                                (options_->subprotocol.empty() ? "none" : options_->subprotocol));
    subprotocol_ = chosen;
    return {};
}

Result<> BeastConnection::check_extensions(const Response& response) {
    const auto value = response[http::field::sec_websocket_extensions];
    if (value.empty()) return {};
    if (!options_->permessage_deflate)
        return fail(Errc::handshake_failed,
                    "the service chose an extension that was not offered: " + printable(view(value), 60));
    deflate_window_bits_ = max_window_bits;
    for (const auto& [name, parameters] : http::ext_list{value}) {
        for (const auto& [key, text] : parameters) {
            if (!boost::beast::iequals(key, "client_max_window_bits")) continue;
            std::from_chars(text.data(), text.data() + text.size(), deflate_window_bits_);
            if (deflate_window_bits_ < min_window_bits || deflate_window_bits_ > max_window_bits)
                deflate_window_bits_ = 0;
        }
    }
    return {};
}

asio::awaitable<Result<std::shared_ptr<Connection>>> upgrade(UpgradeRequest request) {
    const auto connection = std::make_shared<BeastConnection>(std::move(request));
    auto done = co_await connection->handshake();
    if (!done) co_return tl::unexpected{done.error()};
    co_return connection;
}

}  // namespace asr_stream::websocket
