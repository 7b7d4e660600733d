#pragma once

#include <asr_stream/engine.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "engine/stream_state.hpp"

namespace asr_stream::engine {

/// All live streams of an engine and the sums of those that ended. Any thread; locked at the start and end of a stream
/// and for statistics, never per frame.
class Registry {
  public:
    using SharedStream = std::shared_ptr<Stream::Shared>;

    explicit Registry(std::uint32_t max_streams) noexcept : max_streams_{max_streams} {}

    /// Takes a place for one more stream, or says stream_limit or shutting_down. Returns its id.
    [[nodiscard]] Result<std::uint64_t> reserve();
    void add(SharedStream stream);
    /// The stream that the place was for could not be made or could not begin.
    void discard(std::uint64_t id) noexcept;
    /// The stream has sent `closed`: its counters go into the sums, its place is free.
    void ended(const Stream::Shared& stream, bool failed) noexcept;
    /// Nothing of an ended stream is under way any more; `leaked_bytes` never came back.
    void forget(const Stream::Shared& stream, std::size_t leaked_bytes) noexcept;

    /// No stream is added from now on.
    void refuse_new() noexcept;
    /// Waits until no stream lives; false when the time is over first.
    [[nodiscard]] bool wait_until_empty(std::chrono::milliseconds time);

    [[nodiscard]] EngineStats stats() const;

  private:
    const std::uint32_t max_streams_;
    mutable std::mutex mutex_;
    std::condition_variable emptied_;
    std::unordered_map<std::uint64_t, SharedStream> live_;
    std::unordered_map<std::uint64_t, SharedStream> ending_;  ///< closed, but memory may still be out
    std::uint64_t places_ = 0;                                ///< taken, streams that are being made included
    std::uint64_t last_id_ = 0;
    bool refusing_ = false;
    EngineStats ended_;
};

}  // namespace asr_stream::engine
