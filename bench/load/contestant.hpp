#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "load/plan.hpp"

namespace asr_stream::bench {

/// A design under test: connects its streams to the sink and takes 20 ms of audio at a time from one pushing thread.
/// Failures are exceptions with one clear line; they end the process.
class Contestant {
  public:
    virtual ~Contestant() = default;
    /// Opens streams [first, first + count); returns when each has had its upgrade and sent its opening message.
    virtual void connect(unsigned first, unsigned count) = 0;
    /// Hands over push number `push` of one stream.
    virtual void push(unsigned stream, std::uint64_t push) = 0;
    /// Empty, or what went wrong although it was pushed: refused, dropped, reconnected.
    [[nodiscard]] virtual std::string complaint() = 0;
    /// True where another thread than the pushing one does the sending.
    [[nodiscard]] virtual bool has_loop() const = 0;
};

[[nodiscard]] std::unique_ptr<Contestant> make_engine(const Plan& plan);
[[nodiscard]] std::unique_ptr<Contestant> make_floor(const Plan& plan);
[[nodiscard]] std::unique_ptr<Contestant> make_incident(const Plan& plan);

/// 160 samples of the clip that all streams play; `silence` gives zeros.
[[nodiscard]] const std::int16_t* samples_of_push(std::uint64_t push, bool silence);
/// The opening and audio messages of dialect `json`, byte for byte as the engine writes them.
[[nodiscard]] std::string start_message(unsigned stream);
[[nodiscard]] std::string audio_message(std::uint64_t push, bool silence);
[[nodiscard]] std::string base64(const void* bytes, std::size_t size);

}  // namespace asr_stream::bench
