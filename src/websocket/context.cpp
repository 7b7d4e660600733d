#include "websocket/context.hpp"

#include <algorithm>

namespace asr_stream::websocket {

std::shared_ptr<Context> make_context(boost::asio::io_context& loop) { return make_context(loop, ResolverOptions{}); }

std::shared_ptr<Context> make_context(boost::asio::io_context& loop, ResolverOptions options) {
    return std::make_shared<Context>(loop, std::move(options));
}

void send_corked(Context& context) noexcept { context.outbox().send(); }

bool Connection::send(Opcode opcode, std::string_view payload) {
    const auto space = prepare(payload.size());
    std::ranges::copy(payload, space.begin());
    return send_prepared(opcode, payload.size());
}

}  // namespace asr_stream::websocket
