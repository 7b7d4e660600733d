#pragma once

#include <memory>
#include <string>
#include <vector>

#include "session.hpp"

namespace miniswitch {

/// What is being played into a call. While it exists, switch_ivr_get_file_handle finds it.
class PlaybackSource {
  public:
    enum class Next { frame, again, end };

    /// Null, and a line in the log, when there is nothing to play.
    [[nodiscard]] static std::unique_ptr<PlaybackSource> open(switch_core_session& session, const std::string& file);
    ~PlaybackSource();
    PlaybackSource(const PlaybackSource&) = delete;
    PlaybackSource& operator=(const PlaybackSource&) = delete;

    /// The next 20 ms. `again`: nothing yet, ask at once, as the core does when a read says SWITCH_STATUS_BREAK.
    [[nodiscard]] Next next(std::vector<std::int16_t>& frame);

  private:
    explicit PlaybackSource(switch_core_session& session) : session_{session} {}
    [[nodiscard]] bool open_sound(const std::string& file);
    [[nodiscard]] bool open_stream(const std::string& scheme, const std::string& path);
    [[nodiscard]] Next read_stream();
    void publish(switch_file_handle_t* handle);

    switch_core_session& session_;
    switch_file_handle_t handle_{};
    std::vector<std::int16_t> buffered_;
    std::size_t played_ = 0;  // of what is buffered
    bool is_at_end_ = false;
};

}  // namespace miniswitch
