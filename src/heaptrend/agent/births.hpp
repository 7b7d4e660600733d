#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "heaptrend/agent/jemalloc.hpp"

namespace heaptrend::agent {

/// Reads jemalloc's list of its most recent samples (experimental.prof_recent, JSON in pieces of any size) and writes a
/// line for each that is alive: when it was born, its size and its stack. Allocates nothing.
class BirthWriter {
  public:
    explicit BirthWriter(int file) noexcept : file_{file} {}
    void read(const char* piece) noexcept;
    void finish() noexcept;

  private:
    void take(char c) noexcept;
    void end_value() noexcept;
    void end_record() noexcept;
    void put(const char* text, std::size_t size) noexcept;

    int file_;
    bool in_string_ = false;
    bool released_ = true;
    std::size_t word_size_ = 0;
    std::size_t key_size_ = 0;
    std::size_t trace_size_ = 0;
    std::size_t used_ = 0;
    std::uint64_t time_ = 0;
    std::uint64_t size_ = 0;
    std::array<char, 32> word_{};
    std::array<char, 32> key_{};
    std::array<char, 4096> trace_{};
    std::array<char, 8192> out_{};
};

/// Makes jemalloc remember so many samples. False where it cannot.
bool remember_births(const Jemalloc& jemalloc, long samples) noexcept;
/// Writes those alive into `path`, all at once. False where jemalloc cannot tell.
bool write_births(const Jemalloc& jemalloc, const char* path) noexcept;

}  // namespace heaptrend::agent
