#include "websocket/deflater.hpp"

#include <boost/beast/zlib/deflate_stream.hpp>

namespace asr_stream::websocket {

namespace zlib = boost::beast::zlib;

namespace {

constexpr int level = 6;
constexpr int memory_level = 5;
constexpr std::size_t empty_block = 4;  // 00 00 ff ff ends a sync flush and is not sent

}  // namespace

struct Deflater::State {
    zlib::deflate_stream stream;
};

Deflater::Deflater() = default;
Deflater::~Deflater() = default;

std::size_t Deflater::compress(std::span<const char> in, std::span<char> out, int window_bits) {
    if (!state_) state_ = std::make_unique<State>();
    state_->stream.reset(level, window_bits, memory_level, zlib::Strategy::normal);
    zlib::z_params params;
    params.next_in = in.data();
    params.avail_in = in.size();
    params.next_out = out.data();
    params.avail_out = out.size();
    boost::system::error_code error;
    state_->stream.write(params, zlib::Flush::sync, error);
    const bool complete = !error && params.avail_in == 0 && params.avail_out > 0;
    if (!complete || params.total_out < empty_block || params.total_out - empty_block >= in.size()) return 0;
    return params.total_out - empty_block;
}

}  // namespace asr_stream::websocket
