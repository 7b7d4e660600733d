#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "recognizer/health.hpp"

namespace asr_stream::recognizer {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

/// What is said over plain HTTP: the health pages, and 503 to a WebSocket that cannot be taken.
[[nodiscard]] HttpResponse answer_http(const HttpRequest& request, const HealthFacts& facts);

}  // namespace asr_stream::recognizer
