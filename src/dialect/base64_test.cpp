#include "dialect/base64.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace asr_stream::base64 {
namespace {

using testing::HasSubstr;

std::string encoded(std::string_view bytes) {
    std::string out(encoded_size(bytes.size()), '?');
    EXPECT_EQ(encode(std::as_bytes(std::span{bytes}), out), out.size());
    return out;
}

Result<std::string> decoded(std::string_view text, std::size_t room = 4096) {
    std::string out(room, '?');
    return decode(text, std::as_writable_bytes(std::span{out})).map([&out](std::size_t size) {
        return out.substr(0, size);
    });
}

std::string random_bytes(std::size_t size) {
    static std::mt19937 generator{1};
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(generator());
    return bytes;
}

TEST(Base64, MatchesTheVectorsOfRfc4648Section10) {
    const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(encoded(bytes), text);
        EXPECT_EQ(decoded(text).value_or("failed"), bytes);
    }
}

TEST(Base64, UsesTheWholeAlphabetInOrder) {
    std::string bytes;
    for (unsigned i = 0; i < 64; i += 4) {
        const unsigned group = i << 18 | (i + 1) << 12 | (i + 2) << 6 | (i + 3);
        for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>(group >> shift);
    }
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    EXPECT_EQ(encoded(bytes), alphabet);
    EXPECT_EQ(decoded(alphabet).value_or("failed"), bytes);
}

TEST(Base64, LongInputEqualsThePiecesItIsMadeOf) {
    for (std::size_t size = 0; size < 200; ++size) {
        const std::string bytes = random_bytes(size);
        std::string pieces;
        for (std::size_t i = 0; i < size; i += 3) pieces += encoded(std::string_view{bytes}.substr(i, 3));
        EXPECT_EQ(encoded(bytes), pieces) << size;
        EXPECT_EQ(decoded(pieces).value_or("failed"), bytes) << size;
    }
}

TEST(Base64, DecodesIntoExactlyTheRoomNeeded) {
    for (std::size_t size = 0; size < 100; ++size) {
        const std::string bytes = random_bytes(size);
        EXPECT_EQ(decoded(encoded(bytes), size).value_or("failed"), bytes) << size;
        if (size == 0) continue;
        const auto refused = decoded(encoded(bytes), size - 1);
        ASSERT_FALSE(refused) << size;
        EXPECT_EQ(refused.error().context,
                  "base64: " + std::to_string(size) + " bytes: allowed are at most " + std::to_string(size - 1));
    }
}

TEST(Base64, RefusesEveryCharacterOutsideTheAlphabetAtEveryPlace) {
    const std::string valid = encoded(random_bytes(60));
    const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t place = 0; place < valid.size(); ++place) {
        for (int code = 0; code < 256; ++code) {
            std::string text = valid;
            text[place] = static_cast<char>(code);
            const bool allowed = alphabet.find(text[place]) != std::string_view::npos ||
                                 (text[place] == '=' && place == valid.size() - 1);
            const auto result = decoded(text);
            if (allowed) continue;
            ASSERT_FALSE(result) << place << ' ' << code;
            EXPECT_EQ(result.error().code, Errc::bad_message);
            EXPECT_THAT(result.error().context,
                        HasSubstr("byte " + std::to_string(code) + " at offset " + std::to_string(place)));
        }
    }
}

TEST(Base64, RefusesWrongPadding) {
    for (const char* text :
         {"Zg=", "Zg", "Z", "Zm9vYg", "Zm9vY===", "====", "Z===", "=g==", "Zg=a", "Zg==Zg==", "Zm9v=", "Zg==\n"})
        EXPECT_FALSE(decoded(text)) << text;
}

TEST(Base64, RefusesBitsBeyondTheLastByte) {
    for (const char* text : {"Zh==", "Zm9=", "Zm9vYh==", "//=="}) {
        const auto result = decoded(text);
        ASSERT_FALSE(result) << text;
        EXPECT_THAT(result.error().context, HasSubstr("beyond the last byte"));
    }
}

}  // namespace
}  // namespace asr_stream::base64
