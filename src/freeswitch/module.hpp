#pragma once

#include <asr_stream/engine.hpp>
#include <asr_stream/settings.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freeswitch/call_stream.hpp"
#include "freeswitch/overrides.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {

class BargeIn;
class HandleTable;
class Publisher;
class StreamTable;
class Watchdog;
struct Counters;

/// What the loaded module consists of. One instance between load and shutdown.
class Module {
  public:
    /// Reads the configuration and starts the threads. The error says which value is refused and what is allowed.
    [[nodiscard]] static Result<std::shared_ptr<Module>> create();
    ~Module();
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    /// The running one; null before load and after shutdown, which late callbacks must expect.
    [[nodiscard]] static std::shared_ptr<Module> current() noexcept;
    static void set_current(std::shared_ptr<Module> module) noexcept;

    /// The profile of that name with the call's channel variables asr_stream_<setting>, then `parameters`, laid over
    /// it. `session` may be null; an empty name means "default".
    [[nodiscard]] Result<Profile> profile_for(switch_core_session_t* session, std::string_view name,
                                              std::span<const KeyValue> parameters) const;

    /// Connects at once. Errc::invalid_setting when a running stream of the call has the name, Errc::stream_limit,
    /// Errc::memory_limit, Errc::shutting_down. Any thread; does not block.
    [[nodiscard]] Result<std::shared_ptr<CallStream>> open_stream(OpenRequest request);

    /// The running (not ending) stream of that call and name; null when there is none.
    [[nodiscard]] std::shared_ptr<CallStream> find_stream(std::string_view uuid, std::string_view name) const;
    /// All running streams of the call, in the order of their start.
    [[nodiscard]] std::vector<std::shared_ptr<CallStream>> streams_of(std::string_view uuid) const;
    /// Every stream whose `closed` was not published yet.
    [[nodiscard]] std::vector<std::shared_ptr<CallStream>> streams() const;

    [[nodiscard]] const std::shared_ptr<StreamTable>& table() const noexcept { return table_; }
    [[nodiscard]] const std::shared_ptr<HandleTable>& handles() const noexcept { return handles_; }

    [[nodiscard]] std::shared_ptr<const Configuration> configuration() const;
    /// Calls that run keep what they have. After an error the running configuration stays. The text names settings of
    /// the process that were changed and take effect at the next load only; mostly it is empty.
    [[nodiscard]] Result<std::string> reload();

    [[nodiscard]] EngineStats engine_stats() const { return engine_->stats(); }
    [[nodiscard]] std::string engine_metrics() const { return engine_->metrics(); }
    [[nodiscard]] const Publisher& publisher() const noexcept { return *publisher_; }
    [[nodiscard]] Counters& counters() const noexcept { return *counters_; }
    [[nodiscard]] std::chrono::steady_clock::time_point started() const noexcept { return started_; }

    /// Stops every stream, waits for the last `closed` up to the longest drain-timeout (max_drain at most), and ends
    /// all threads. False when somebody still holds a stream or the module: then the code must stay mapped.
    [[nodiscard]] static bool shut_down(std::shared_ptr<Module> module);
    static constexpr std::chrono::seconds max_drain{30};

  private:
    explicit Module(Configuration configuration);

    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::shared_ptr<const Configuration> configuration_;
    mutable std::mutex configuration_mutex_;
    std::shared_ptr<Counters> counters_;
    std::shared_ptr<StreamTable> table_;
    std::shared_ptr<HandleTable> handles_;
    std::shared_ptr<Publisher> publisher_;
    std::shared_ptr<BargeIn> barge_in_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Watchdog> watchdog_;
};

}  // namespace asr_stream::freeswitch
