#pragma once

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>

namespace heaptrend::agent {

/// jemalloc's control function, found in the running program. Nothing here needs jemalloc's headers.
class Jemalloc {
  public:
    /// False when the program does not run on a jemalloc with profiling.
    bool attach() noexcept {
        control_ = reinterpret_cast<Control>(dlsym(RTLD_DEFAULT, "mallctl"));
        bool profiles = false;
        return control_ != nullptr && read("opt.prof", profiles) && profiles;
    }
    template <class T>
    bool read(const char* name, T& value) const noexcept {
        std::size_t size = sizeof value;
        return control_(name, &value, &size, nullptr, 0) == 0;
    }
    template <class T>
    bool write(const char* name, T value) const noexcept {
        return control_(name, nullptr, nullptr, &value, sizeof value) == 0;
    }
    [[nodiscard]] std::uint64_t number(const char* name) const noexcept {
        std::size_t value = 0;
        return read(name, value) ? value : 0;
    }
    /// Makes the statistics read next those of now.
    void refresh() const noexcept { write("epoch", std::uint64_t{1}); }

  private:
    using Control = int (*)(const char*, void*, std::size_t*, void*, std::size_t);
    Control control_ = nullptr;
};

}  // namespace heaptrend::agent
