#include "recognizer/http_answer.hpp"

#include <asr_stream/engine.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <utility>

namespace asr_stream::recognizer {
namespace {

namespace http = boost::beast::http;

HttpResponse make_response(const HttpRequest& request, http::status status, const std::string& type, std::string body) {
    HttpResponse response{status, request.version()};
    response.set(http::field::server, "asr-stream/" + std::string{version()});
    response.set(http::field::content_type, type + "; charset=utf-8");
    response.set(http::field::cache_control, "no-store");
    response.keep_alive(false);
    if (status == http::status::service_unavailable) response.set(http::field::retry_after, "5");
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
}

}  // namespace

HttpResponse answer_http(const HttpRequest& request, const HealthFacts& facts) {
    auto& stats = facts.service.stats();
    if (boost::beast::websocket::is_upgrade(request)) {
        ++stats.clients_refused;
        const auto limit = std::to_string(facts.service.options().max_clients);
        return make_response(request, http::status::service_unavailable, "text/plain",
                             "overloaded: " + limit + " clients are connected\n");
    }
    ++stats.http_requests;
    if (request.method() != http::verb::get)
        return make_response(request, http::status::method_not_allowed, "text/plain", "allowed is GET\n");
    if (request.target() == "/") return make_response(request, http::status::ok, "text/html", health_html(facts));
    if (request.target() == "/health")
        return make_response(request, http::status::ok, "application/json", health_json(facts));
    return make_response(request, http::status::not_found, "text/plain",
                         "pages are / and /health; recognition is WebSocket\n");
}

}  // namespace asr_stream::recognizer
