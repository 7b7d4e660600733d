#include "heaptrend/decompress.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

namespace heaptrend {
namespace {

constexpr std::size_t piece_size = 256 * 1024;

struct InflateEnd {
    void operator()(z_stream* stream) const noexcept {
        inflateEnd(stream);
        delete stream;
    }
};
struct FreeContext {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

/// Counts what passes and refuses more than the limit.
class LimitedSink {
  public:
    LimitedSink(const Sink& sink, std::uint64_t limit) : sink_{sink}, limit_{limit}, left_{limit} {}
    Result<> operator()(std::string_view piece) {
        if (piece.size() > left_)
            return fail(Errc::limit_exceeded, "more than " + std::to_string(limit_) + " bytes when decompressed");
        left_ -= piece.size();
        return sink_(piece);
    }

  private:
    const Sink& sink_;
    std::uint64_t limit_;
    std::uint64_t left_;
};

Result<> inflate_all(std::string_view bytes, LimitedSink& sink) {
    const std::unique_ptr<z_stream, InflateEnd> stream{new z_stream{}};
    constexpr int gzip_window = 15 + 16;
    if (inflateInit2(stream.get(), gzip_window) != Z_OK) return fail(Errc::bad_compression, "zlib does not start");
    std::vector<char> piece(piece_size);
    int status = Z_OK;
    while (status != Z_STREAM_END) {
        if (stream->avail_in == 0) {
            if (bytes.empty()) return fail(Errc::truncated, "gzip data ends early");
            const std::size_t size = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
            stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads it
            stream->avail_in = static_cast<uInt>(size);
            bytes.remove_prefix(size);
        }
        stream->next_out = reinterpret_cast<Bytef*>(piece.data());
        stream->avail_out = static_cast<uInt>(piece.size());
        status = inflate(stream.get(), Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return fail(Errc::bad_compression, stream->msg != nullptr ? stream->msg : "gzip data damaged");
        const std::size_t made = piece.size() - stream->avail_out;
        if (auto taken = sink({piece.data(), made}); !taken) return taken;
        // Another member may follow (RFC 1952 section 2.2).
        if (status == Z_STREAM_END && (stream->avail_in > 0 || !bytes.empty())) {
            inflateReset(stream.get());
            status = Z_OK;
        }
    }
    return {};
}

Result<> unzstd_all(std::string_view bytes, LimitedSink& sink) {
    const std::unique_ptr<ZSTD_DCtx, FreeContext> context{ZSTD_createDCtx()};
    if (!context) return fail(Errc::bad_compression, "zstd does not start");
    std::vector<char> piece(piece_size);
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t status = 1;
    bool full = false;
    while (in.pos < in.size || full) {
        ZSTD_outBuffer out{piece.data(), piece.size(), 0};
        status = ZSTD_decompressStream(context.get(), &out, &in);
        if (ZSTD_isError(status) != 0) return fail(Errc::bad_compression, ZSTD_getErrorName(status));
        full = out.pos == out.size;
        if (auto taken = sink({piece.data(), out.pos}); !taken) return taken;
    }
    if (status != 0) return fail(Errc::truncated, "zstd data ends early");
    return {};
}

}  // namespace

Compression compression_of(std::string_view bytes) noexcept {
    if (bytes.starts_with("\x1f\x8b")) return Compression::gzip;
    if (bytes.starts_with("\x28\xb5\x2f\xfd")) return Compression::zstd;
    return Compression::none;
}

Result<> decompress(std::string_view bytes, std::uint64_t limit, const Sink& sink) {
    LimitedSink limited{sink, limit};
    switch (compression_of(bytes)) {
        case Compression::gzip: return inflate_all(bytes, limited);
        case Compression::zstd: return unzstd_all(bytes, limited);
        case Compression::none: break;
    }
    return limited(bytes);
}

Result<std::string> decompress(std::string_view bytes, std::uint64_t limit) {
    std::string text;
    const auto done = decompress(bytes, limit, [&](std::string_view piece) -> Result<> {
        text += piece;
        return {};
    });
    if (!done) return tl::unexpected{done.error()};
    return text;
}

std::string gzip(std::string_view text) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    constexpr int default_memory = 8;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, default_memory, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        throw std::bad_alloc{};  // the only way to fail with these constants
    std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

}  // namespace heaptrend
