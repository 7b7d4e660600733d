#include "websocket/frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/beast/zlib/inflate_stream.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "websocket/byte_queue.hpp"
#include "websocket/deflater.hpp"

namespace asr_stream::websocket {
namespace {

std::string frame_of(std::uint8_t first_byte, const std::string& payload, std::uint32_t key) {
    std::vector<char> buffer(max_frame_header + payload.size());
    std::ranges::copy(payload, buffer.begin() + max_frame_header);
    const auto frame = make_frame(first_byte, std::span{buffer}.subspan(max_frame_header), key);
    return {frame.begin(), frame.end()};
}

TEST(Frame, IsTheOneOfTheStandard) {
    // RFC 6455 section 5.7: a single-frame masked text message "Hello".
    std::uint32_t key;
    std::memcpy(&key, "\x37\xfa\x21\x3d", sizeof key);
    EXPECT_EQ(frame_of(frame_fin | 1, "Hello", key), "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST(Frame, LengthTakesOneThreeOrNineBytes) {
    const auto header = [](std::size_t size) {
        const std::string frame = frame_of(0x82, std::string(size, 'x'), 0);
        EXPECT_EQ(frame.substr(frame.size() - size), std::string(size, 'x'));
        return frame.substr(0, frame.size() - size);
    };
    const std::string no_key(4, '\0');
    EXPECT_EQ(header(0), std::string("\x82\x80", 2) + no_key);
    EXPECT_EQ(header(125), std::string("\x82\xfd", 2) + no_key);
    EXPECT_EQ(header(126), std::string("\x82\xfe\x00\x7e", 4) + no_key);
    EXPECT_EQ(header(65'535), std::string("\x82\xfe\xff\xff", 4) + no_key);
    EXPECT_EQ(header(65'536), std::string("\x82\xff\0\0\0\0\0\x01\0\0", 10) + no_key);
}

TEST(Frame, MaskIsItsOwnInverseForAnyLengthAndAlignment) {
    std::uint32_t key;
    std::memcpy(&key, "\x01\x02\x03\x04", sizeof key);
    const std::string text(100, 'a');
    for (std::size_t offset = 0; offset < 9; ++offset) {
        for (std::size_t size = 0; size < 40; ++size) {
            std::string masked = text;
            apply_mask(std::span{masked}.subspan(offset, size), key);
            for (std::size_t i = 0; i < text.size(); ++i) {
                const bool inside = i >= offset && i < offset + size;
                EXPECT_EQ(masked[i], inside ? static_cast<char>('a' ^ ((i - offset) % 4 + 1)) : 'a');
            }
            apply_mask(std::span{masked}.subspan(offset, size), key);
            EXPECT_EQ(masked, text);
        }
    }
}

TEST(Frame, MaskingKeysDiffer) {
    MaskKeys keys;
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 1000; ++i) {
        std::uint32_t key = 0;
        ASSERT_TRUE(keys.next(key));
        seen.insert(key);
    }
    EXPECT_GT(seen.size(), 990u);
}

/// Counts what is outstanding; throws beyond a limit.
class LimitedMemory final : public std::pmr::memory_resource {
  public:
    std::size_t limit = SIZE_MAX;
    std::size_t outstanding = 0;

  private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        if (outstanding + bytes > limit) throw std::bad_alloc{};
        outstanding += bytes;
        return std::pmr::new_delete_resource()->allocate(bytes, alignment);
    }
    void do_deallocate(void* data, std::size_t bytes, std::size_t alignment) override {
        outstanding -= bytes;
        std::pmr::new_delete_resource()->deallocate(data, bytes, alignment);
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

TEST(ByteQueue, GivesBackWhatWasPutInInOrder) {
    LimitedMemory memory;
    ByteQueue queue{&memory};
    std::mt19937 random{7};
    std::string in, out;
    for (int i = 0; i < 2000; ++i) {
        const std::string piece(random() % 3000, static_cast<char>('a' + i % 26));
        in += piece;
        queue.push(piece);
        while (queue.size() > random() % 20'000) {
            const auto front = queue.front();
            const std::size_t size = 1 + random() % front.size();
            out.append(front.data(), size);
            queue.pop(size);
        }
        ASSERT_EQ(queue.size(), in.size() - out.size());
    }
    while (!queue.empty()) {
        out.append(queue.front().data(), queue.front().size());
        queue.pop(queue.front().size());
    }
    EXPECT_TRUE(in == out);
    EXPECT_EQ(memory.outstanding, 0u) << "an empty queue owns memory";
    EXPECT_TRUE(queue.front().empty());
}

TEST(ByteQueue, ClearAndTheEndFreeEverything) {
    LimitedMemory memory;
    {
        ByteQueue queue{&memory};
        queue.push(std::string(100'000, 'x'));
        queue.clear();
        EXPECT_EQ(memory.outstanding, 0u);
        queue.push(std::string(10'000, 'x'));
        EXPECT_EQ(queue.size(), 10'000u);
    }
    EXPECT_EQ(memory.outstanding, 0u);
}

TEST(ByteQueue, SurvivesTheEndOfMemory) {
    LimitedMemory memory;
    memory.limit = 10'000;
    ByteQueue queue{&memory};
    EXPECT_THROW(queue.push(std::string(20'000, 'x')), std::bad_alloc);
    EXPECT_LE(queue.size(), 10'000u);
    queue.clear();
    queue.push(std::string{"again"});
    EXPECT_EQ(queue.size(), 5u);
}

std::string inflate(std::string compressed, int window_bits) {
    compressed.append("\0\0\xff\xff", 4);  // RFC 7692 section 7.2.2
    boost::beast::zlib::inflate_stream stream;
    stream.reset(window_bits);
    std::string out(200'000, '\0');
    boost::beast::zlib::z_params params;
    params.next_in = compressed.data();
    params.avail_in = compressed.size();
    params.next_out = out.data();
    params.avail_out = out.size();
    boost::system::error_code error;
    stream.write(params, boost::beast::zlib::Flush::sync, error);
    EXPECT_FALSE(error) << error.message();
    out.resize(params.total_out);
    return out;
}

TEST(Deflater, CompressesEveryMessageByItself) {
    Deflater deflater;
    for (int window_bits = 9; window_bits <= 15; ++window_bits) {
        std::string text;
        for (int i = 0; i < 2000; ++i) text += "frame " + std::to_string(i * i) + ", ";
        for (int repeat = 0; repeat < 2; ++repeat) {
            std::string out(text.size(), '\0');
            const std::size_t size = deflater.compress(text, out, window_bits);
            ASSERT_GT(size, 0u);
            EXPECT_LT(size, text.size() / 2);
            EXPECT_EQ(inflate(out.substr(0, size), window_bits), text) << window_bits;
        }
    }
}

TEST(Deflater, LeavesAloneWhatDoesNotShrink) {
    Deflater deflater;
    std::mt19937 random{3};
    std::string noise(5000, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    std::string out(noise.size(), '\0');
    EXPECT_EQ(deflater.compress(noise, out, 15), 0u);
    EXPECT_EQ(deflater.compress({}, out, 15), 0u);
    const std::string text(5000, 'a');
    EXPECT_GT(deflater.compress(text, out, 15), 0u) << "what went before leaves no trace";
}

}  // namespace
}  // namespace asr_stream::websocket
