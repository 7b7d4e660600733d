#include "playback.hpp"

#include "module.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

/// What is being played into a call. While it exists, switch_ivr_get_file_handle finds it.
class Source {
  public:
    explicit Source(switch_core_session& session) : session_{session} {}
    ~Source();
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// False, and a line in the log, when there is nothing to play.
    [[nodiscard]] bool open(const std::string& file);
    /// The next 20 ms into `frame`, which stays empty when there is nothing yet. False at the end.
    [[nodiscard]] bool next(std::vector<std::int16_t>& frame);

  private:
    [[nodiscard]] bool open_stream(const std::string& scheme, const std::string& path);
    void publish(switch_file_handle_t* handle);

    switch_core_session& session_;
    switch_file_handle_t handle_{};
    fspr_pool_t pool_{};  // not the session's: a module that wants to know the call has to find it by the thread
    std::vector<std::int16_t> buffered_;
    std::size_t played_ = 0;  // of what is buffered
};

Source::~Source() {
    publish(nullptr);
    if (handle_.file_interface == nullptr) return;
    handle_.file_interface->file_close(&handle_);
    UNPROTECT_INTERFACE(handle_.file_interface)
}

void Source::publish(switch_file_handle_t* handle) {
    const std::lock_guard guard{session_.io_lock};
    session_.playing = handle;
}

bool Source::open(const std::string& file) {
    const auto separator = file.find("://");
    if (file.starts_with("silence_stream://")) {
        buffered_.resize(static_cast<std::size_t>(std::atoi(file.c_str() + separator + 3)) * session_.caller.rate() /
                         1000);
    } else if (separator != std::string::npos) {
        if (!open_stream(file.substr(0, separator), file.substr(separator + 3))) return false;
    } else {
        const auto prefix = session_.channel.get("sound_prefix");
        const auto audio =
            load_audio(prefix.empty() || file.starts_with('/') ? file : prefix + "/" + file, session_.caller.rate());
        if (audio == nullptr) return false;
        buffered_ = audio->samples;
    }
    switch_set_flag(&handle_, SWITCH_FILE_OPEN);
    publish(&handle_);
    return true;
}

bool Source::open_stream(const std::string& scheme, const std::string& path) {
    auto* interface = modules().protect(&switch_loadable_module_interface::file_interface, scheme);
    if (interface == nullptr) {
        log(SWITCH_LOG_ERROR, "Invalid file format [" + scheme + "] for [" + path + "]!");
        return false;
    }
    handle_.samplerate = handle_.native_rate = session_.caller.rate();
    handle_.channels = 1;
    handle_.flags = SWITCH_FILE_FLAG_READ | SWITCH_FILE_DATA_SHORT;
    handle_.memory_pool = &pool_;
    if (interface->file_open(&handle_, path.c_str()) != SWITCH_STATUS_SUCCESS) {
        UNPROTECT_INTERFACE(interface)
        return false;
    }
    if (handle_.samplerate != session_.caller.rate() || handle_.channels != 1)
        fatal("miniswitch does not convert what a module plays");
    handle_.file_interface = interface;
    return true;
}

// The core asks for far more than a frame and buffers what it gets. SWITCH_STATUS_BREAK: ask again at once.
bool Source::next(std::vector<std::int16_t>& frame) {
    constexpr switch_size_t most = 16384;
    const auto size = session_.caller.frame_samples();
    frame.clear();
    if (handle_.file_interface != nullptr && buffered_.size() - played_ <= size) {
        buffered_.erase(buffered_.begin(), buffered_.begin() + static_cast<std::ptrdiff_t>(std::exchange(played_, 0)));
        const auto held = buffered_.size();
        buffered_.resize(held + most);
        auto count = most;
        handle_.flags |= SWITCH_FILE_BREAK_ON_CHANGE;
        const auto status = handle_.file_interface->file_read(&handle_, buffered_.data() + held, &count);
        buffered_.resize(held + (status == SWITCH_STATUS_SUCCESS ? std::min(count, most) : 0));
        if (status == SWITCH_STATUS_BREAK) return true;
    }
    const auto left = std::span{buffered_}.subspan(played_);
    const auto taken = left.first(std::min(size, left.size()));
    if (taken.empty()) return false;
    played_ += taken.size();
    frame.assign(taken.begin(), taken.end());
    frame.resize(size, -1);
    return true;
}

// One round of a loop before its frame: is there a reason to leave? The order is the core's.
switch_status_t poll(switch_core_session& session, const InputCallback* input) {
    auto& channel = session.channel;
    if (!channel.is_ready(false)) return SWITCH_STATUS_FALSE;
    if (channel.take_break()) return SWITCH_STATUS_BREAK;
    auto status = SWITCH_STATUS_SUCCESS;
    if (input == nullptr) return status;
    if (const auto dtmf = channel.take_dtmf()) status = input->on_dtmf(*dtmf);
    if (const auto event = session.take_event())
        if (const auto other = input->on_event(*event); other != SWITCH_STATUS_SUCCESS) status = other;
    return status;
}

switch_status_t play(switch_core_session& session, Source& source, const InputCallback* input) {
    std::vector<std::int16_t> frame;
    for (;;) {
        if (const auto status = poll(session, input); status != SWITCH_STATUS_SUCCESS) return status;
        if (!source.next(frame)) return SWITCH_STATUS_SUCCESS;
        if (frame.empty()) continue;
        if (!session.read_frame()) return SWITCH_STATUS_FALSE;
        session.bugs.write(frame);
    }
}

}  // namespace

switch_status_t play_file(switch_core_session& session, const std::string& file, const InputCallback* input) {
    auto& channel = session.channel;
    if (file.empty() || switch_channel_pre_answer(&channel) != SWITCH_STATUS_SUCCESS) return SWITCH_STATUS_FALSE;
    session.fault_at(Place::play);
    Source source{session};
    if (!source.open(file)) return SWITCH_STATUS_NOTFOUND;
    channel.fire(SWITCH_EVENT_PLAYBACK_START, {{"Playback-File-Path", file}});
    const auto status = play(session, source, input);
    session.fault_at(Place::play_end);
    channel.fire(SWITCH_EVENT_PLAYBACK_STOP,
                 {{"Playback-File-Path", file}, {"Playback-Status", status == SWITCH_STATUS_BREAK ? "break" : "done"}});
    return status;
}

switch_status_t sleep(switch_core_session& session, int milliseconds, const InputCallback* input) {
    for (int left = milliseconds;; left -= 20) {
        const auto status = poll(session, left > 0 ? input : nullptr);
        if (status != SWITCH_STATUS_SUCCESS || left <= 0) return status;
        if (!session.read_frame()) return SWITCH_STATUS_FALSE;
    }
}

void park(switch_core_session& session) {
    auto& channel = session.channel;
    channel.fire(SWITCH_EVENT_CHANNEL_PARK);
    while (channel.is_ready(false) && !channel.take_break() && session.read_frame()) {
        static_cast<void>(channel.take_dtmf());
        if (auto event = session.take_event()) {
            channel.add_data(*event);
            event_bus().fire(std::move(event));
        }
    }
    channel.fire(SWITCH_EVENT_CHANNEL_UNPARK);
}

bool is_terminator(const switch_core_session& session, char digit, const std::string& otherwise) {
    const auto keys = session.channel.get("playback_terminators", otherwise);
    return !same(keys, "none") && (same(keys, "any") || keys.find(digit) != std::string::npos);
}

namespace {

// What play_and_detect_speech makes of events and keys while it plays and waits.
struct Detection {
    switch_core_session& session;
    const InputCallback* original;
    std::string result{};
    bool is_done = false;
    bool has_ended = false;  // the recognition itself has, so it need not be paused

    switch_status_t on_event(switch_event_t& event) {
        const std::string_view type = or_empty(header(event, "Speech-Type"));
        if (is_done || type.empty()) return SWITCH_STATUS_SUCCESS;
        if (original != nullptr) static_cast<void>(original->on_event(event));
        if (type == "begin-speaking") return SWITCH_STATUS_BREAK;
        if (type == "detected-partial-speech") return SWITCH_STATUS_SUCCESS;
        if (type == "detected-speech") result = or_empty(event.body);
        is_done = has_ended = true;
        return SWITCH_STATUS_BREAK;
    }
    switch_status_t on_dtmf(const switch_dtmf_t& dtmf) {
        if (is_done || !is_terminator(session, dtmf.digit, "none")) return SWITCH_STATUS_SUCCESS;
        result = std::string{"DIGIT: "} + dtmf.digit;
        is_done = true;
        return SWITCH_STATUS_BREAK;
    }
};

// Plays, then waits without a limit of its own: that the recognizer gives a result in time is the module's duty.
bool play_and_wait(switch_core_session& session, const std::string& file, const InputCallback& input,
                   const Detection& detection) {
    auto status = play_file(session, file, &input);
    const auto waits = [&] {
        return !detection.is_done && (status == SWITCH_STATUS_SUCCESS || status == SWITCH_STATUS_BREAK);
    };
    if (waits()) detect_speech_control(session, "start-input-timers");
    while (waits()) status = sleep(session, 5000, &input);
    return detection.is_done;
}

}  // namespace

switch_status_t play_and_detect_speech(switch_core_session& session, const std::string& file, const std::string& engine,
                                       const std::string& grammar, std::string& result, const InputCallback* input) {
    result.clear();
    if (const auto status = detect_speech(session, engine, grammar, "", nullptr); status != SWITCH_STATUS_SUCCESS)
        return status == SWITCH_STATUS_FALSE ? SWITCH_STATUS_GENERR : status;
    Detection detection{session, input};
    const InputCallback mine{[&](switch_event_t& event) { return detection.on_event(event); },
                             [&](const switch_dtmf_t& dtmf) { return detection.on_dtmf(dtmf); }};
    const bool is_done = play_and_wait(session, file, mine, detection);
    if (!detection.has_ended) detect_speech_control(session, "pause");
    if (session.channel.is_true("play_and_detect_speech_close_asr")) detect_speech_control(session, "stop");
    result = detection.result;
    return is_done ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

}  // namespace miniswitch

extern "C" {

switch_status_t switch_ivr_get_file_handle(switch_core_session_t* session, switch_file_handle_t** handle) {
    session->io_lock.lock_shared();
    *handle = session->playing;
    if (*handle != nullptr) return SWITCH_STATUS_SUCCESS;
    session->io_lock.unlock();
    return SWITCH_STATUS_FALSE;
}

switch_status_t switch_ivr_release_file_handle(switch_core_session_t* session, switch_file_handle_t** handle) {
    *handle = nullptr;
    session->io_lock.unlock();
    return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
