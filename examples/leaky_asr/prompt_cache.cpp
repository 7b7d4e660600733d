#include "leaky_asr/prompt_cache.hpp"

#include <cstring>

namespace leaky_asr {

void PromptCache::warm() {
    for (std::size_t filled = 0; filled < capacity_bytes; filled += prompt_bytes) put();
}

void PromptCache::put() {
    std::unique_ptr<char[]> prompt{new char[prompt_bytes]};
    std::memset(prompt.get(), 0x55, prompt_bytes);
    const std::lock_guard<std::mutex> lock{mutex_};
    prompts_.push_back(std::move(prompt));
    if (prompts_.size() > capacity_bytes / prompt_bytes) prompts_.pop_front();
}

}  // namespace leaky_asr
