#include <openssl/evp.h>

#include <array>
#include <cmath>
#include <numbers>

#include "load/contestant.hpp"

namespace asr_stream::bench {

namespace {

constexpr std::size_t clip_pushes = 100;
using Clip = std::array<std::int16_t, clip_pushes * samples_per_push>;

/// Two seconds of a voiced sound that rises and falls four times a second, as syllables do.
Clip make_clip() {
    Clip clip{};
    for (std::size_t i = 0; i < clip.size(); ++i) {
        const double t = static_cast<double>(i) / sample_rate;
        const double syllable = std::abs(std::sin(2 * std::numbers::pi * 2 * t));
        double voice = 0;
        for (int harmonic = 1; harmonic <= 12; ++harmonic)
            voice += std::sin(2 * std::numbers::pi * 120 * harmonic * t) / harmonic;
        clip[i] = static_cast<std::int16_t>(6000 * syllable * voice);
    }
    return clip;
}

}  // namespace

const std::int16_t* samples_of_push(std::uint64_t push, bool silence) {
    static const Clip voice = make_clip();
    static const Clip zeros{};
    return (silence ? zeros : voice).data() + push % clip_pushes * samples_per_push;
}

std::string base64(const void* bytes, std::size_t size) {
    std::string text((size + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a zero
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       static_cast<const unsigned char*>(bytes), static_cast<int>(size));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::string start_message(unsigned stream) {
    const std::string id = std::to_string(stream);
    return R"({"type":"start","version":1,"stream":")" + id + R"(","call":")" + id +
           R"(","attempt":1,"audio":{"encoding":"L16","sample_rate":8000,"channels":1},"language":"en-US",)"
           R"("interim":true,"hints":[],"metadata":{},"resume_ms":0})";
}

std::string audio_message(std::uint64_t push, bool silence) {
    return R"({"type":"audio","seq":)" + std::to_string(push + 1) + R"(,"start_ms":)" + std::to_string(push * push_ms) +
           R"(,"data":")" + base64(samples_of_push(push, silence), samples_per_push * sizeof(std::int16_t)) + R"("})";
}

}  // namespace asr_stream::bench
