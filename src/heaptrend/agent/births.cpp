#include "heaptrend/agent/births.hpp"

#include <fcntl.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace heaptrend::agent {
namespace {

template <std::size_t Size>
bool is(const std::array<char, 32>& key, std::size_t size, const char (&name)[Size]) noexcept {
    return size == Size - 1 && std::memcmp(key.data(), name, size) == 0;
}

}  // namespace

void BirthWriter::put(const char* text, std::size_t size) noexcept {
    if (used_ + size > out_.size()) {
        static_cast<void>(!write(file_, out_.data(), used_));  // a full disk costs these lines
        used_ = 0;
    }
    if (size > out_.size()) return;
    std::memcpy(&out_[used_], text, size);
    used_ += size;
}

void BirthWriter::end_value() noexcept {
    if (word_size_ == 0) return;
    word_[std::min(word_size_, word_.size() - 1)] = '\0';
    if (is(key_, key_size_, "released")) released_ = word_[0] != 'f';
    if (is(key_, key_size_, "usize")) size_ = std::strtoull(word_.data(), nullptr, 10);
    if (is(key_, key_size_, "alloc_time")) time_ = std::strtoull(word_.data(), nullptr, 10);
    if (is(key_, key_size_, "alloc_trace") && trace_size_ + word_size_ + 1 < trace_.size()) {
        trace_[trace_size_++] = ' ';
        std::memcpy(&trace_[trace_size_], word_.data(), word_size_);
        trace_size_ += word_size_;
    }
    word_size_ = 0;
}

void BirthWriter::end_record() noexcept {
    if (!released_ && time_ != 0) {
        std::array<char, 64> head{};
        const int size = std::snprintf(head.data(), head.size(), "%llu %llu", static_cast<unsigned long long>(time_),
                                       static_cast<unsigned long long>(size_));
        put(head.data(), static_cast<std::size_t>(size));
        put(trace_.data(), trace_size_);
        put("\n", 1);
    }
    released_ = true;
    time_ = size_ = 0;
    trace_size_ = key_size_ = 0;
}

void BirthWriter::take(char c) noexcept {
    if (c == '"') {
        in_string_ = !in_string_;
        return;
    }
    if (!in_string_ && c == ':') {
        key_ = word_;
        key_size_ = word_size_;
        word_size_ = 0;
        return;
    }
    const bool ends = !in_string_ && (c == ',' || c == '}' || c == ']');
    if (ends) {
        end_value();
        if (c == '}') end_record();
        return;
    }
    if (!in_string_ && (c == '{' || c == '[' || c == ' ' || c == '\n' || c == '\t')) return;
    if (word_size_ + 1 < word_.size()) word_[word_size_++] = c;
}

void BirthWriter::read(const char* piece) noexcept {
    for (; *piece != '\0'; ++piece) take(*piece);
}

void BirthWriter::finish() noexcept {
    static_cast<void>(!write(file_, out_.data(), used_));
    used_ = 0;
}

bool remember_births(const Jemalloc& jemalloc, long samples) noexcept {
    return jemalloc.write("experimental.prof_recent.alloc_max", static_cast<ssize_t>(samples));
}

bool write_births(const Jemalloc& jemalloc, const char* path) noexcept {
    std::array<char, 700> beside{};
    std::snprintf(beside.data(), beside.size(), "%s.new", path);
    const int file = open(beside.data(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return false;
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);  // the clock of jemalloc's times of birth
    dprintf(file, "births %lld%09ld\n", static_cast<long long>(now.tv_sec), now.tv_nsec);
    BirthWriter writer{file};
    struct Request {
        void (*write)(void*, const char*);
        void* data;
    } request{[](void* data, const char* piece) { static_cast<BirthWriter*>(data)->read(piece); }, &writer};
    const bool told = jemalloc.write("experimental.prof_recent.alloc_dump", request);
    writer.finish();
    close(file);
    if (told && rename(beside.data(), path) == 0) return true;
    unlink(beside.data());
    return false;
}

}  // namespace heaptrend::agent
