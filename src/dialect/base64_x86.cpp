#include "dialect/base64_x86.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#define ASR_STREAM_SSSE3 __attribute__((target("ssse3")))

namespace asr_stream::base64 {
namespace {

constexpr std::size_t vector_bytes = 16;  // one load or store, of which 12 bytes stand for 16 characters
constexpr std::size_t block_bytes = 12;

ASR_STREAM_SSSE3 inline __m128i load(const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
ASR_STREAM_SSSE3 inline void store(void* to, __m128i value) { _mm_storeu_si128(static_cast<__m128i*>(to), value); }

/// Spreads 12 bytes over 16 lanes of six bits each.
ASR_STREAM_SSSE3 inline __m128i to_sextets(__m128i bytes) {
    const __m128i in = _mm_shuffle_epi8(bytes, _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
    const __m128i first_and_third = _mm_mulhi_epu16(_mm_and_si128(in, _mm_set1_epi32(0x0FC0FC00)),  //
                                                    _mm_set1_epi32(0x04000040));
    const __m128i second_and_fourth =
        _mm_mullo_epi16(_mm_and_si128(in, _mm_set1_epi32(0x003F03F0)), _mm_set1_epi32(0x01000010));
    return _mm_or_si128(first_and_third, second_and_fourth);
}

/// Each of the alphabet's five ranges lies at a fixed distance from its sextets.
ASR_STREAM_SSSE3 inline __m128i to_characters(__m128i sextets) {
    const __m128i distances = _mm_setr_epi8('A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                            '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 0, 0);
    const __m128i above_upper_case = _mm_cmpgt_epi8(sextets, _mm_set1_epi8(25));
    const __m128i range = _mm_sub_epi8(_mm_subs_epu8(sextets, _mm_set1_epi8(51)), above_upper_case);
    return _mm_add_epi8(sextets, _mm_shuffle_epi8(distances, range));
}

/// One bit set in a lane whose character is not in the alphabet: tables by its high and its low half.
ASR_STREAM_SSSE3 inline __m128i invalid_lanes(__m128i high, __m128i low) {
    const __m128i by_low =
        _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
    const __m128i by_high =
        _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    return _mm_and_si128(_mm_shuffle_epi8(by_low, low), _mm_shuffle_epi8(by_high, high));
}

/// Packs 16 lanes of six bits into 12 bytes.
ASR_STREAM_SSSE3 inline __m128i to_bytes(__m128i sextets) {
    const __m128i pairs = _mm_maddubs_epi16(sextets, _mm_set1_epi32(0x01400140));
    const __m128i groups = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
    return _mm_shuffle_epi8(groups, _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
}

ASR_STREAM_SSSE3 std::size_t encode_ssse3(std::span<const std::byte> in, char* out) noexcept {
    std::size_t taken = 0;
    for (; in.size() - taken >= vector_bytes; taken += block_bytes, out += vector_bytes)
        store(out, to_characters(to_sextets(load(in.data() + taken))));
    return taken;
}

ASR_STREAM_SSSE3 std::size_t decode_ssse3(std::string_view in, std::span<std::byte> out) noexcept {
    const __m128i distances =
        _mm_setr_epi8(0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0);
    const __m128i slash = _mm_set1_epi8('/');  // also the mask that keeps a shuffle index in range
    std::size_t taken = 0;
    std::size_t written = 0;
    while (in.size() - taken >= vector_bytes && out.size() - written >= vector_bytes) {
        const __m128i characters = load(in.data() + taken);
        const __m128i high = _mm_and_si128(_mm_srli_epi32(characters, 4), slash);
        const __m128i low = _mm_and_si128(characters, slash);
        if (_mm_movemask_epi8(_mm_cmpgt_epi8(invalid_lanes(high, low), _mm_setzero_si128())) != 0) break;
        const __m128i range = _mm_add_epi8(_mm_cmpeq_epi8(characters, slash), high);
        const __m128i sextets = _mm_add_epi8(characters, _mm_shuffle_epi8(distances, range));
        store(out.data() + written, to_bytes(sextets));
        taken += vector_bytes;
        written += block_bytes;
    }
    return taken;
}

}  // namespace

std::size_t encode_blocks(std::span<const std::byte> in, char* out) noexcept {
    return __builtin_cpu_supports("ssse3") ? encode_ssse3(in, out) : 0;
}

std::size_t decode_blocks(std::string_view in, std::span<std::byte> out) noexcept {
    return __builtin_cpu_supports("ssse3") ? decode_ssse3(in, out) : 0;
}

}  // namespace asr_stream::base64

#endif
