#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "engine/registry.hpp"
#include "engine/stream_state.hpp"

namespace asr_stream::engine {

/// Keeps what ended streams shared until all their memory is back, and counts what never comes. Loop thread only.
class Graveyard {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    /// Handlers that were under way when the stream ended need a few turns of the loop; what is not back by then
    /// leaked.
    static constexpr std::chrono::seconds patience{10};

    Graveyard(std::shared_ptr<Registry> registry, LogSink log) : registry_{std::move(registry)}, log_{std::move(log)} {}
    /// Comes after the loop's handlers are destroyed: what is outstanding now leaked.
    ~Graveyard();
    Graveyard(const Graveyard&) = delete;
    Graveyard& operator=(const Graveyard&) = delete;

    void bury(std::shared_ptr<Stream::Shared> stream, TimePoint now) { graves_.push_back({std::move(stream), now}); }
    void sweep(TimePoint now);
    [[nodiscard]] bool empty() const noexcept { return graves_.empty(); }

  private:
    struct Grave {
        std::shared_ptr<Stream::Shared> stream;
        TimePoint since;
    };
    void report(const Stream::Shared& stream, std::size_t bytes) noexcept;

    std::shared_ptr<Registry> registry_;
    LogSink log_;
    std::vector<Grave> graves_;
    std::vector<std::shared_ptr<Stream::Shared>> leaked_;  ///< kept: someone may still free into it
};

}  // namespace asr_stream::engine
