#include <sndfile.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "cli/audio_source.hpp"
#include "cli/downmix.hpp"

namespace asr_stream::cli {
namespace {

struct CloseSndfile {
    void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};
using SndfileHandle = std::unique_ptr<SNDFILE, CloseSndfile>;

struct RawName {
    std::string_view extension;
    RawEncoding encoding;
    std::uint32_t rate;  ///< 0: AudioOptions::raw_rate
};
/// What file names say where the file itself says nothing; .sln and .slnN are Asterisk's.
constexpr std::array raw_names{
    RawName{".raw", RawEncoding::l16, 0},       RawName{".pcm", RawEncoding::l16, 0},
    RawName{".l16", RawEncoding::l16, 0},       RawName{".sln", RawEncoding::l16, 8000},
    RawName{".sln16", RawEncoding::l16, 16000}, RawName{".sln32", RawEncoding::l16, 32000},
    RawName{".sln48", RawEncoding::l16, 48000}, RawName{".ulaw", RawEncoding::ulaw, 0},
    RawName{".ul", RawEncoding::ulaw, 0},       RawName{".mulaw", RawEncoding::ulaw, 0},
    RawName{".pcmu", RawEncoding::ulaw, 0},     RawName{".alaw", RawEncoding::alaw, 0},
    RawName{".al", RawEncoding::alaw, 0},       RawName{".pcma", RawEncoding::alaw, 0},
};

int subtype_of(RawEncoding encoding) {
    switch (encoding) {
        case RawEncoding::ulaw: return SF_FORMAT_ULAW;
        case RawEncoding::alaw: return SF_FORMAT_ALAW;
        default: return SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE;
    }
}

/// What libsndfile must be told; a zero format lets it look at the header.
SF_INFO info_for(const std::string& path, const AudioOptions& options) {
    SF_INFO info{};
    RawEncoding encoding = options.raw;
    std::uint32_t rate = options.raw_rate;
    if (encoding == RawEncoding::none) {
        const std::string extension = std::filesystem::path{path}.extension().string();
        const auto* const name = std::find_if(raw_names.begin(), raw_names.end(),
                                              [&](const RawName& known) { return known.extension == extension; });
        if (name == raw_names.end()) return info;
        encoding = name->encoding;
        if (name->rate != 0) rate = name->rate;
    }
    info.format = SF_FORMAT_RAW | subtype_of(encoding);
    info.samplerate = static_cast<int>(rate);
    info.channels = options.raw_channels;
    return info;
}

/// Distinguishes what libsndfile calls "System error".
Result<> check_file(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return fail(Errc::file_not_found, path);
        return fail(Errc::file_unreadable, path + ": " + std::strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) return fail(Errc::file_unreadable, path + ": is a directory");
    if (!S_ISREG(status.st_mode)) {
        return fail(Errc::file_unreadable, path + ": is not a regular file; pipe raw audio into - instead");
    }
    if (status.st_size == 0) return fail(Errc::empty_audio, path);
    return {};
}

class SndfileSource final : public AudioSource {
  public:
    SndfileSource(std::string path, SndfileHandle file, const SF_INFO& info, std::optional<std::uint16_t> channel)
        : path_{std::move(path)},
          file_{std::move(file)},
          rate_{static_cast<std::uint32_t>(info.samplerate)},
          channels_{static_cast<std::size_t>(info.channels)},
          total_{static_cast<std::uint64_t>(info.frames)},
          is_floating_{(info.format & SF_FORMAT_SUBMASK) == SF_FORMAT_FLOAT ||
                       (info.format & SF_FORMAT_SUBMASK) == SF_FORMAT_DOUBLE},
          channel_{channel} {}

    [[nodiscard]] std::uint32_t sample_rate() const noexcept override { return rate_; }
    [[nodiscard]] std::optional<std::uint64_t> total_samples() const noexcept override { return total_; }

    Result<Read> read(std::span<std::int16_t> out) override {
        interleaved_.resize(out.size() * channels_);
        const sf_count_t frames = read_frames(static_cast<sf_count_t>(out.size()));
        if (sf_error(file_.get()) != SF_ERR_NO_ERROR) {
            return fail(Errc::file_unreadable, path_ + ": " + sf_strerror(file_.get()));
        }
        const auto samples = static_cast<std::size_t>(std::max<sf_count_t>(frames, 0));
        downmix(std::span{interleaved_}.first(samples * channels_), channels_, channel_, out);
        return Read{samples, samples < out.size()};
    }

  private:
    /// Floating-point files are scaled here: read as integers, libsndfile gives zeros, or stretches them to full scale.
    sf_count_t read_frames(sf_count_t frames) {
        if (!is_floating_) return sf_readf_short(file_.get(), interleaved_.data(), frames);
        floating_.resize(interleaved_.size());
        const sf_count_t got = sf_readf_float(file_.get(), floating_.data(), frames);
        std::transform(floating_.begin(), floating_.end(), interleaved_.begin(), [](float value) {
            const float scaled = std::isfinite(value) ? std::clamp(value * 32768.0F, -32768.0F, 32767.0F) : 0.0F;
            return static_cast<std::int16_t>(std::lrint(scaled));
        });
        return got;
    }

    std::string path_;
    SndfileHandle file_;
    std::uint32_t rate_;
    std::size_t channels_;
    std::uint64_t total_;
    bool is_floating_;
    std::optional<std::uint16_t> channel_;
    std::vector<std::int16_t> interleaved_;
    std::vector<float> floating_;
};

Result<> check_format(const std::string& path, const SF_INFO& info, const AudioOptions& options) {
    if (info.frames <= 0) return fail(Errc::empty_audio, path);
    if (info.samplerate <= 0 || info.channels <= 0) return fail(Errc::not_audio, path);
    if (options.channel && *options.channel >= info.channels) {
        return fail(Errc::invalid_setting, path + ": --channel " + std::to_string(*options.channel) + ", but it has " +
                                               std::to_string(info.channels) + " channel(s), counted from 0");
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<AudioSource>> open_audio_file(const std::string& path, const AudioOptions& options) {
    if (auto checked = check_file(path); !checked) return tl::unexpected{std::move(checked).error()};
    SF_INFO info = info_for(path, options);
    SndfileHandle file{sf_open(path.c_str(), SFM_READ, &info)};
    if (!file) {
        const bool system_error = sf_error(nullptr) == SF_ERR_SYSTEM;
        return fail(system_error ? Errc::file_unreadable : Errc::not_audio, path + ": " + sf_strerror(nullptr));
    }
    if (auto checked = check_format(path, info, options); !checked) return tl::unexpected{std::move(checked).error()};
    sf_command(file.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
    return std::make_unique<SndfileSource>(path, std::move(file), info, options.channel);
}

Result<Recording> load_recording(const std::string& path, const AudioOptions& options) {
    auto source = open_audio_file(path, options);
    if (!source) return tl::unexpected{std::move(source).error()};
    Recording recording{path, (*source)->sample_rate(), {}};
    std::array<std::int16_t, 4096> block{};
    for (bool at_end = false; !at_end;) {
        const auto read = (*source)->read(block);
        if (!read) return tl::unexpected{read.error()};
        recording.samples.insert(recording.samples.end(), block.begin(),
                                 block.begin() + static_cast<std::ptrdiff_t>(read->samples));
        at_end = read->at_end;
    }
    if (recording.samples.empty()) return fail(Errc::empty_audio, path);
    return recording;
}

}  // namespace asr_stream::cli
