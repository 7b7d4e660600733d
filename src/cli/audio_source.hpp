#pragma once

#include <asr_stream/error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Recorded or live audio as one channel of L16 samples.
namespace asr_stream::cli {

enum class RawEncoding { none, l16, ulaw, alaw };  ///< l16: 16 bits, little-endian

struct AudioOptions {
    RawEncoding raw = RawEncoding::none;  ///< none: by the file's header, or by its name
    std::uint32_t raw_rate = 8000;        ///< Hz
    std::uint16_t raw_channels = 1;
    std::optional<std::uint16_t> channel{};  ///< counted from 0; nothing mixes all of them
};

/// Mono audio from a file, or from a pipe as it arrives. One thread.
class AudioSource {
  public:
    virtual ~AudioSource() = default;
    [[nodiscard]] virtual std::uint32_t sample_rate() const noexcept = 0;
    /// Samples in all; nothing where that is not known.
    [[nodiscard]] virtual std::optional<std::uint64_t> total_samples() const noexcept = 0;
    struct Read {
        std::size_t samples = 0;  ///< zero without at_end: nothing has arrived yet
        bool at_end = false;
    };
    /// Fills the front of `out`. Never waits for a pipe.
    [[nodiscard]] virtual Result<Read> read(std::span<std::int16_t> out) = 0;
};

/// WAV, FLAC and whatever else libsndfile reads; raw L16 (.raw .pcm .l16 .sln .sln16 .sln32 .sln48) and G.711 (.ulaw
/// .ul .mulaw .pcmu .alaw .al .pcma) by the file's name or AudioOptions::raw. The context of an error begins with the
/// path. Errors: file_not_found, file_unreadable, not_audio, empty_audio, invalid_setting for a channel that does not
/// exist.
[[nodiscard]] Result<std::unique_ptr<AudioSource>> open_audio_file(const std::string& path,
                                                                   const AudioOptions& options);
/// Raw audio from a descriptor, which stays the caller's; without AudioOptions::raw it is L16.
[[nodiscard]] Result<std::unique_ptr<AudioSource>> open_audio_pipe(int fd, const AudioOptions& options);

/// A whole file in memory.
struct Recording {
    std::string path;
    std::uint32_t sample_rate = 8000;
    std::vector<std::int16_t> samples;
    [[nodiscard]] std::chrono::milliseconds duration() const {
        return std::chrono::milliseconds{samples.size() * 1000 / sample_rate};
    }
};
[[nodiscard]] Result<Recording> load_recording(const std::string& path, const AudioOptions& options);

}  // namespace asr_stream::cli
