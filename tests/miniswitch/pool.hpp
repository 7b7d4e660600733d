#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

/// The core's memory pool: nothing returns before the pool ends.
struct fspr_pool_t {
    /// Zeroed, as the core's.
    [[nodiscard]] void* allocate(std::size_t size) {
        const std::lock_guard guard{mutex};
        return blocks.emplace_back(std::make_unique<std::max_align_t[]>(size / sizeof(std::max_align_t) + 1)).get();
    }
    [[nodiscard]] char* duplicate(std::string_view text) {
        auto* copy = static_cast<char*>(allocate(text.size() + 1));
        text.copy(copy, text.size());
        return copy;
    }

    std::mutex mutex;
    std::vector<std::unique_ptr<std::max_align_t[]>> blocks;
    std::map<std::string, void*, std::less<>> data;
};
