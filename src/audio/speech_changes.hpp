#pragma once

#include <cstdint>
#include <optional>

namespace asr_stream::audio {

/// Turns what a VoiceActivity says after each piece of audio into beginnings and ends that were not told yet. They are
/// told in turns, whatever was forgotten meanwhile.
class SpeechChanges {
  public:
    void note(bool is_speech) noexcept {
        if (is_speech == heard_) return;
        heard_ = is_speech;
        ++changes_;
    }
    [[nodiscard]] bool any() const noexcept { return changes_ != 0 || heard_ != told_; }
    /// The next one to tell: true where speech began, false where it ended.
    [[nodiscard]] std::optional<bool> take() noexcept {
        while (changes_ > 0) {
            --changes_;
            const bool then = changes_ % 2 == 0 ? heard_ : !heard_;
            if (then != told_) return told_ = then;
        }
        if (heard_ == told_) return std::nullopt;
        return told_ = heard_;
    }
    /// Nobody wants to know what happened so far; how it stands now is still to be told.
    void forget() noexcept { changes_ = 0; }

  private:
    std::uint32_t changes_ = 0;
    bool heard_ = false;
    bool told_ = false;
};

}  // namespace asr_stream::audio
