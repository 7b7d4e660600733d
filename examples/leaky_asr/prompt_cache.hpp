#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace leaky_asr {

/// Prompts that were played last, at most 64 MB of them: the oldest goes when a new one comes. Bounded and no fault;
/// but it is what a look at one heap profile sees first. Thread-safe.
class PromptCache {
  public:
    static constexpr std::size_t capacity_bytes = 64'000'000;
    static constexpr std::size_t prompt_bytes = 16'000;  ///< one second of 8 kHz L16

    void warm();
    void put();

  private:
    std::mutex mutex_;
    std::deque<std::unique_ptr<char[]>> prompts_;
};

}  // namespace leaky_asr
