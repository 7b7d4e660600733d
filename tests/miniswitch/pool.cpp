#include "pool.hpp"

#include "switch.h"

extern "C" {

void* switch_core_perform_alloc(switch_memory_pool_t* pool, switch_size_t memory, const char*, const char*, int) {
    return pool->allocate(memory);
}

char* switch_core_perform_strdup(switch_memory_pool_t* pool, const char* text, const char*, const char*, int) {
    return text == nullptr ? nullptr : pool->duplicate(text);
}

void* switch_core_memory_pool_get_data(switch_memory_pool_t* pool, const char* key) {
    const std::lock_guard guard{pool->mutex};
    const auto found = pool->data.find(key);
    return found == pool->data.end() ? nullptr : found->second;
}

}  // extern "C"
