#pragma once

#include <asr_stream/config.hpp>
#include <asr_stream/error.hpp>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freeswitch/call_stream.hpp"
#include "freeswitch/door.hpp"
#include "freeswitch/event_headers.hpp"
#include "freeswitch/grammar.hpp"
#include "freeswitch/handle_table.hpp"
#include "freeswitch/live_object.hpp"
#include "freeswitch/overrides.hpp"
#include "freeswitch/recognition.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {

class Module;

/// What of the call a recognizer needs to know.
struct AsrSetup {
    switch_asr_interface_t* interface = nullptr;
    switch_core_session_t* session = nullptr;  ///< null where the switch opened the recognizer without a call
    std::string uuid;
    std::string profile;
    std::string url;  ///< of the service, instead of the profile's; may be empty
    std::uint32_t rate = 8000;
};

/// One recognizer of the switch: brings the call's audio to a stream, the stream's events to the recognition, and its
/// results to the switch. The table owns it; the stream's loop only finds it while it lives. Control
/// functions come from any thread, feed() from the one that reads the call's media, take() from the speech thread.
class AsrHandle final : public std::enable_shared_from_this<AsrHandle> {
  public:
    /// Errors name the profile or the setting. Connects only if the profile says warm=true. It lives until its door is
    /// closed.
    [[nodiscard]] static Result<Door<AsrHandle>> open(AsrSetup setup);
    AsrHandle(const AsrHandle&) = delete;
    AsrHandle& operator=(const AsrHandle&) = delete;
    ~AsrHandle() = default;

    [[nodiscard]] const std::string& uuid() const noexcept { return setup_.uuid; }
    [[nodiscard]] bool has_call() const noexcept { return setup_.session != nullptr; }

    // Control. The session is locked by the caller.

    /// A setting, or "profile", for the next load_grammar() and those after it.
    void set_parameter(std::string_view name, std::string_view value);
    /// Begins a recognition. False when grammar or parameters cannot be used: the log says why, and so does the
    /// terminal result, should anyone fetch it.
    [[nodiscard]] bool load_grammar(std::string_view text);
    void unload_grammar();
    /// Begins a recognition with the grammar loaded last, unless one runs. False when there is no grammar.
    [[nodiscard]] bool resume();
    void pause();
    void start_input_timers();
    void feed_dtmf(char digit);

    // The call's media. No lock, no allocation and no system call but when a timer is due or the stream was replaced.

    void feed(std::span<std::int16_t> samples) noexcept;
    /// Whether take() has something. Also from the speech thread. `auto_resume`: the switch's flag.
    [[nodiscard]] bool check(bool auto_resume);

    // The speech thread.

    struct Delivery {
        RecognitionResult::Kind kind{};
        std::string body;
    };
    /// Nothing when somebody took what check() saw, or a pause threw it away.
    [[nodiscard]] std::optional<Delivery> take();
    /// Of the last that take() gave; once.
    [[nodiscard]] HeaderList take_headers();

    /// Ends the stream as on-hangup says. Waits for nothing; nothing is handed over any more.
    void close() noexcept;
    /// Nobody comes through this any more.
    [[nodiscard]] const Door<AsrHandle>& door() const noexcept { return door_; }
    /// The door's: after it nobody but who holds a reference may use the recognizer.
    void let_go() noexcept;

  private:
    class StreamListener;

    /// What one recognition goes by.
    struct Plan {
        Profile profile;
        Grammar grammar;
        RecognitionSettings settings;
    };
    using SharedPlan = std::shared_ptr<const Plan>;
    /// What the stream was told to do.
    struct Advice {
        bool hold = false;
        bool audio = true;
        friend bool operator==(const Advice&, const Advice&) = default;
    };

    AsrHandle(AsrSetup setup, std::shared_ptr<HandleTable> table)
        : setup_{std::move(setup)}, table_{std::move(table)} {}

    /// The profile and the settings laid over it that the next grammar goes by.
    struct Wanted {
        std::string profile;
        std::vector<KeyValue> parameters;
    };
    [[nodiscard]] Wanted wanted() const;
    [[nodiscard]] Result<Profile> profile_for(const Wanted& wanted) const;
    [[nodiscard]] tl::expected<SharedPlan, Completion> make_plan(std::string_view text, const Wanted& wanted) const;
    void connect_early(const Profile& profile);
    void begin(const SharedPlan& plan);
    [[nodiscard]] bool begin_on_running_stream(const SharedPlan& plan);
    [[nodiscard]] std::uint64_t begin_on_new_stream(const SharedPlan& plan);
    [[nodiscard]] Result<> open_stream(std::uint64_t number, const Profile& profile);
    void install(std::uint64_t number, std::shared_ptr<CallStream> stream);
    void refuse(Completion completion);
    void on_event(std::uint64_t number, const Event& event);

    void swap_stream(std::shared_ptr<CallStream>& stream) noexcept;  ///< mutex_ held
    void refresh() noexcept;  ///< mutex_ held: shows others what recognition_ has
    void count() noexcept;    ///< mutex_ held
    void advise();
    [[nodiscard]] CallTime now() const noexcept;
    void take_over_stream() noexcept;
    void push(std::span<const std::int16_t> samples) noexcept;

    const LiveObject live_;
    const AsrSetup setup_;
    const std::shared_ptr<HandleTable> table_;
    Door<AsrHandle> door_;  ///< set before the table or the switch knows the recognizer

    std::mutex control_;  ///< one control function at a time; taken before mutex_, never while it is held
    std::string profile_name_{setup_.profile};
    std::vector<KeyValue> parameters_;  ///< of the last grammar that could be loaded
    std::vector<KeyValue> fresh_;       ///< set since

    mutable std::mutex mutex_;  ///< held for moments
    Recognition recognition_;
    Recognition::Counters counted_;
    SharedPlan plan_;  ///< of the last grammar; before the first, what the profile says
    bool has_grammar_ = false;
    std::shared_ptr<CallStream> stream_;
    std::uint64_t stream_number_ = 0;  ///< of the stream that is heard
    Advice advice_;                    ///< given to stream_
    HeaderList headers_;
    bool closed_ = false;

    std::mutex advising_;  ///< the stream is told one thing after the other; taken before mutex_

    // What check() and feed() look at without a lock.
    std::atomic<bool> ready_{false};
    std::atomic<bool> auto_resume_{false};
    std::atomic<std::int64_t> deadline_ms_{std::numeric_limits<std::int64_t>::max()};
    std::atomic<std::uint16_t> stream_version_{0};  ///< counts up when stream_ changes
    std::atomic<std::uint64_t> clock_{0};           ///< version in the upper 16 bits, samples pushed in the rest

    // The media thread's own.
    std::shared_ptr<CallStream> media_stream_;
    std::uint16_t media_version_ = 0;
    std::uint64_t media_samples_ = 0;
    std::uint32_t media_rate_ = 0;
};

}  // namespace asr_stream::freeswitch
