#pragma once

// The one place that includes the switch's C interface. Its headers are not written for our warnings.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <switch.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

/// Owners for what the switch hands out, and the border that no exception crosses.
namespace asr_stream::freeswitch {

struct SessionUnlock {
    void operator()(switch_core_session_t* session) const noexcept { switch_core_session_rwunlock(session); }
};
/// A call that cannot be destroyed meanwhile. Held for one block, never across I/O or a wait.
using LockedSession = std::unique_ptr<switch_core_session_t, SessionUnlock>;

/// Null when the call is over or ending: the switch only tries the lock.
[[nodiscard]] inline LockedSession locate(const std::string& uuid) noexcept {
    return LockedSession{switch_core_session_locate(uuid.c_str())};
}
/// Also finds a call that was hung up but not yet destroyed.
[[nodiscard]] inline LockedSession force_locate(const std::string& uuid) noexcept {
    return LockedSession{switch_core_session_force_locate(uuid.c_str())};
}

struct EventDestroy {
    void operator()(switch_event_t* event) const noexcept { switch_event_destroy(&event); }
};
using EventPtr = std::unique_ptr<switch_event_t, EventDestroy>;

struct XmlFree {
    void operator()(switch_xml_t xml) const noexcept { switch_xml_free(xml); }
};
using XmlPtr = std::unique_ptr<std::remove_pointer_t<switch_xml_t>, XmlFree>;

struct CFree {
    void operator()(void* memory) const noexcept { std::free(memory); }
};
/// Text that the switch allocated with malloc and gave away.
using CText = std::unique_ptr<char, CFree>;

/// Keeps one interface of the module, and with it the module, from being unloaded. Released exactly once, by any
/// thread. To be taken while the switch itself holds the interface (inside an API call, an application, an open).
/// It is PROTECT_INTERFACE without its counters: nobody reads them, and those of a module's interfaces add up in one
/// place, each under a lock of its own.
class InterfaceHold {
  public:
    InterfaceHold() = default;
    template <class Interface>
    explicit InterfaceHold(Interface* interface) noexcept : interface_{interface}, release_{&release<Interface>} {
        if (interface == nullptr) return;
        switch_thread_rwlock_rdlock(interface->parent->rwlock);
        switch_thread_rwlock_rdlock(interface->rwlock);
    }
    InterfaceHold(InterfaceHold&& other) noexcept
        : interface_{std::exchange(other.interface_, nullptr)}, release_{other.release_} {}
    InterfaceHold& operator=(InterfaceHold&& other) noexcept {
        std::swap(interface_, other.interface_);
        std::swap(release_, other.release_);
        return *this;
    }
    InterfaceHold(const InterfaceHold&) = delete;
    InterfaceHold& operator=(const InterfaceHold&) = delete;
    ~InterfaceHold() {
        if (interface_ != nullptr) release_(interface_);
    }

  private:
    /// The interface's own lock last: unload by force waits for it alone.
    template <class Interface>
    static void release(void* held) noexcept {
        auto* interface = static_cast<Interface*>(held);
        switch_thread_rwlock_unlock(interface->parent->rwlock);
        switch_thread_rwlock_unlock(interface->rwlock);
    }
    void* interface_ = nullptr;
    void (*release_)(void*) noexcept = nullptr;
};

/// Wraps every function that the switch calls: what is thrown becomes `failure` and one line in the log.
template <class Fn, class Value = switch_status_t>
Value c_entry(const char* where, Fn&& fn, Value failure = SWITCH_STATUS_FALSE) noexcept {
    try {
        return std::forward<Fn>(fn)();
    } catch (const std::exception& error) {
        switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "asr_stream: %s: %s\n", where, error.what());
    } catch (...) {
        switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "asr_stream: %s: unknown exception\n", where);
    }
    return failure;
}

/// An empty view for null.
[[nodiscard]] inline std::string_view view(const char* text) noexcept {
    return text == nullptr ? std::string_view{} : std::string_view{text};
}

}  // namespace asr_stream::freeswitch
