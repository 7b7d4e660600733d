#include "dialect/base64.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "dialect/fuzz_checks.hpp"

using namespace asr_stream;

namespace {

std::string encoded(std::span<const std::byte> bytes) {
    std::string text(base64::encoded_size(bytes.size()), '\0');
    dialect::require(base64::encode(bytes, text) == text.size(), "the size is known beforehand");
    return text;
}

void check_round_trip(std::span<const std::byte> bytes) {
    std::vector<std::byte> back(bytes.size());
    const auto size = base64::decode(encoded(bytes), back);
    dialect::require(size == bytes.size(), "what was encoded decodes into as many bytes");
    dialect::require(std::ranges::equal(back, bytes), "decoding is the inverse of encoding");
}

/// Every text that is accepted is the one text for its bytes.
void check_strictness(std::string_view text) {
    std::vector<std::byte> bytes(base64::max_decoded_size(text.size()));
    const auto size = base64::decode(text, bytes);
    if (!size) return;
    dialect::require(*size <= bytes.size(), "decoding stays within its room");
    dialect::require(encoded(std::span{bytes}.first(*size)) == text, "encoding is the inverse of decoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_round_trip(std::as_bytes(std::span{data, size}));
    check_strictness({reinterpret_cast<const char*>(data), size});
    return 0;
}
