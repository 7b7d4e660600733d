#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace miniswitch {

/// L16, one channel.
struct Audio {
    std::uint32_t rate = 0;
    std::vector<std::int16_t> samples;
};

/// The first channel of a sound file, at `rate` (0: the file's own). Read once, then shared. Null when it cannot be
/// read.
[[nodiscard]] std::shared_ptr<const Audio> load_audio(const std::string& path, std::uint32_t rate = 0);

/// Appends to a WAV file, so that a test can hear what the caller heard.
class Recording {
  public:
    Recording(const std::string& path, std::uint32_t rate);
    ~Recording();
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    void write(std::span<const std::int16_t> samples);

  private:
    void* file_;
};

}  // namespace miniswitch
