#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "event.hpp"
#include "text.hpp"

/// The signalling side of a call: state, flags, variables. Any thread.
struct switch_channel {
    explicit switch_channel(switch_core_session& owner) : session{owner} {}

    [[nodiscard]] bool is_up() const { return state < CS_HANGUP; }
    [[nodiscard]] bool is_ready(bool with_media) const;
    /// Fires CHANNEL_HANGUP in the calling thread. Only the first call counts.
    void hang_up(std::string_view why);
    void answer();

    void set_variable(std::string_view name, std::string_view value);
    void unset_variable(std::string_view name);
    [[nodiscard]] std::optional<std::string> variable(std::string_view name) const;
    [[nodiscard]] bool is_set_true(std::string_view name) const;
    [[nodiscard]] std::map<std::string, std::string, miniswitch::NoCase> variables() const;
    void set_private(const std::string& key, const void* value);
    [[nodiscard]] void* get_private(std::string_view key) const;

    /// Unique-ID, states, codec; all but DETECTED_SPEECH also carry the variables.
    void add_basic_data(switch_event_t& event) const;
    void add_data(switch_event_t& event) const;
    void fire(switch_event_types_t id) const;

    [[nodiscard]] std::uint32_t flag(switch_channel_flag_t flag) const { return flags[flag].load(); }
    /// Clears CF_BREAK and says whether it was set.
    [[nodiscard]] bool take_break() { return flags[CF_BREAK].exchange(0) != 0; }
    void queue_dtmf(const switch_dtmf_t& dtmf);
    [[nodiscard]] std::optional<switch_dtmf_t> take_dtmf();

    switch_core_session& session;
    std::atomic<switch_channel_state_t> state{CS_NEW};
    std::array<std::atomic<std::uint32_t>, CF_FLAG_MAX> flags{};

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string, miniswitch::NoCase> variables_;
    std::map<std::string, void*, std::less<>> privates_;
    std::deque<switch_dtmf_t> dtmf_;
    std::string cause_;
};
