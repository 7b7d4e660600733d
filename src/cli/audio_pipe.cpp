#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "audio/g711.hpp"
#include "cli/audio_source.hpp"
#include "cli/downmix.hpp"

namespace asr_stream::cli {
namespace {

/// Raw audio as it arrives. A pipe may cut it anywhere, so bytes are kept until a whole frame of all channels is there.
class PipeSource final : public AudioSource {
  public:
    PipeSource(int fd, const AudioOptions& options)
        : fd_{fd},
          options_{options},
          frame_bytes_{options.raw_channels * (options.raw == RawEncoding::l16 ? std::size_t{2} : std::size_t{1})} {}

    [[nodiscard]] std::uint32_t sample_rate() const noexcept override { return options_.raw_rate; }
    [[nodiscard]] std::optional<std::uint64_t> total_samples() const noexcept override { return std::nullopt; }

    Result<Read> read(std::span<std::int16_t> out) override {
        if (auto filled = fill(out.size() * frame_bytes_); !filled) return tl::unexpected{std::move(filled).error()};
        if (auto checked = check_beginning(); !checked) return tl::unexpected{std::move(checked).error()};
        const std::size_t frames = std::min(bytes_.size() / frame_bytes_, out.size());
        decode(frames * frame_bytes_);
        downmix(interleaved_, options_.raw_channels, options_.channel, out);
        bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(frames * frame_bytes_));
        delivered_ += frames;
        const bool at_end = closed_ && bytes_.size() < frame_bytes_;
        if (at_end && delivered_ == 0) return fail(Errc::empty_audio, "standard input");
        return Read{frames, at_end};
    }

  private:
    /// Takes what is there, up to `wanted` bytes, and waits for nothing.
    Result<> fill(std::size_t wanted) {
        while (!closed_ && bytes_.size() < wanted) {
            pollfd ready{fd_, POLLIN, 0};
            if (::poll(&ready, 1, 0) <= 0) return {};
            std::array<std::uint8_t, 16384> block{};
            const ssize_t got = ::read(fd_, block.data(), std::min(block.size(), wanted - bytes_.size()));
            if (got < 0 && errno != EINTR && errno != EAGAIN) {
                return fail(Errc::file_unreadable, std::string{"standard input: "} + std::strerror(errno));
            }
            if (got == 0) closed_ = true;
            if (got > 0) bytes_.insert(bytes_.end(), block.begin(), block.begin() + got);
        }
        return {};
    }

    /// A container's header would be sent as a click and its audio perhaps in the wrong encoding.
    Result<> check_beginning() {
        if (delivered_ > 0 || bytes_.size() < 4) return {};
        const std::string_view magic{reinterpret_cast<const char*>(bytes_.data()), 4};
        for (const std::string_view container : {"RIFF", "fLaC", "OggS", "FORM"}) {
            if (magic != container) continue;
            return fail(Errc::not_audio, "standard input: begins with \"" + std::string{container} +
                                             "\", but - takes raw audio without a header; name the file instead");
        }
        return {};
    }

    void decode(std::size_t bytes) {
        interleaved_.clear();
        if (options_.raw == RawEncoding::l16) {
            for (std::size_t i = 0; i < bytes; i += 2) {
                interleaved_.push_back(static_cast<std::int16_t>(bytes_[i] | (bytes_[i + 1] << 8)));
            }
            return;
        }
        interleaved_.resize(bytes);
        const auto codes = std::span{bytes_}.first(bytes);
        if (options_.raw == RawEncoding::ulaw) {
            audio::decode_mu_law(codes, interleaved_);
        } else {
            audio::decode_a_law(codes, interleaved_);
        }
    }

    int fd_;
    AudioOptions options_;
    std::size_t frame_bytes_;
    std::vector<std::uint8_t> bytes_;
    std::vector<std::int16_t> interleaved_;
    std::uint64_t delivered_ = 0;
    bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<AudioSource>> open_audio_pipe(int fd, const AudioOptions& options) {
    AudioOptions raw = options;
    if (raw.raw == RawEncoding::none) raw.raw = RawEncoding::l16;
    if (raw.channel && *raw.channel >= raw.raw_channels) {
        return fail(Errc::invalid_setting, "standard input: --channel " + std::to_string(*raw.channel) +
                                               ", but it has " + std::to_string(raw.raw_channels) +
                                               " channel(s), counted from 0");
    }
    return std::make_unique<PipeSource>(fd, raw);
}

}  // namespace asr_stream::cli
