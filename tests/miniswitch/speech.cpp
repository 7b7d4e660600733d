#include "speech.hpp"

#include <array>
#include <cstdlib>

#include "event_bus.hpp"
#include "module.hpp"
#include "session.hpp"

namespace miniswitch {

// The core reads the handle's flags without a lock while asr_close sets one of them.
#if defined(__SANITIZE_THREAD__)
__attribute__((no_sanitize("thread")))
#endif
static bool
is_closed(const switch_asr_handle_t& handle) {
    return (*const_cast<const volatile std::uint32_t*>(&handle.flags) & SWITCH_ASR_FLAG_CLOSED) != 0;
}

switch_status_t Speech::open(const std::string& engine, const char* destination) {
    fault_point(session_, Point::asr_open);
    const auto colon = engine.find(':');
    handle_.name = session_.pool.duplicate(engine.substr(0, colon));
    if (colon != std::string::npos) handle_.param = session_.pool.duplicate(engine.substr(colon + 1));
    handle_.asr_interface = modules().protect_asr(handle_.name);
    if (handle_.asr_interface == nullptr) {
        log(SWITCH_LOG_ERROR, "Invalid ASR module [" + std::string{handle_.name} + "]!");
        return SWITCH_STATUS_GENERR;
    }
    handle_.memory_pool = &session_.pool;
    handle_.rate = handle_.samplerate = handle_.native_rate = session_.caller.rate();
    switch_asr_flag_t flags = SWITCH_ASR_FLAG_NONE;
    const auto status = engine_open(destination, flags);
    if (status != SWITCH_STATUS_SUCCESS) UNPROTECT_INTERFACE(handle_.asr_interface)
    return status;
}

switch_status_t Speech::engine_open(const char* destination, switch_asr_flag_t& flags) {
    const auto rate = static_cast<int>(handle_.rate);
    const auto status = handle_.asr_interface->asr_open(&handle_, "L16", rate, destination, &flags);
    if (status == SWITCH_STATUS_SUCCESS && handle_.native_rate != handle_.rate)
        fatal("asr_open changed native_rate: miniswitch does not resample for an engine");
    return status;
}

void Speech::close() {
    switch_asr_flag_t flags = SWITCH_ASR_FLAG_NONE;
    handle_.asr_interface->asr_close(&handle_, &flags);
    if (!is_closed(handle_)) switch_set_flag(&handle_, SWITCH_ASR_FLAG_CLOSED);
    UNPROTECT_INTERFACE(handle_.asr_interface)
}

switch_status_t Speech::load_grammar(std::string_view grammar, const char* name) {
    fault_point(session_, Point::load_grammar);
    grammar.remove_prefix(std::min(grammar.find_first_not_of(' '), grammar.size()));
    if (grammar.empty()) return SWITCH_STATUS_FALSE;
    std::string text{grammar};
    if (grammar.front() == '{') {
        const auto parts = braces(grammar);
        if (!parts) return SWITCH_STATUS_FALSE;
        for (const auto& field : fields(parts->first, ','))
            if (const auto pair = name_value(field)) set_param(pair->first, pair->second);
        text = parts->second;
    }
    return handle_.asr_interface->asr_load_grammar(&handle_, text.c_str(), name);
}

void Speech::set_param(const std::string& name, const std::string& value) {
    auto* set = handle_.asr_interface->asr_text_param;
    if (set == nullptr) return;
    std::string writable = name;  // the core passes memory that the module may write to
    set(&handle_, writable.data(), value.c_str());
}

void Speech::feed_dtmf(const switch_dtmf_t& dtmf) {
    switch_asr_flag_t flags = SWITCH_ASR_FLAG_NONE;
    if (handle_.asr_interface->asr_feed_dtmf != nullptr) handle_.asr_interface->asr_feed_dtmf(&handle_, &dtmf, &flags);
}

switch_bool_t Speech::on_media(switch_media_bug_t* bug, void* self, switch_abc_type_t type) {
    auto* speech = static_cast<Speech*>(self);
    if (type == SWITCH_ABC_TYPE_INIT) speech->start_thread();
    if (type == SWITCH_ABC_TYPE_CLOSE) speech->on_close();
    if (type == SWITCH_ABC_TYPE_READ && !speech->read(bug)) return SWITCH_FALSE;
    return SWITCH_TRUE;
}

void Speech::start_thread() {
    if (!thread_.start("speech", [this] { run(); })) log(SWITCH_LOG_ERROR, "no thread for detect_speech");
}

bool Speech::read(switch_media_bug_t* tap) {
    std::array<std::int16_t, SWITCH_RECOMMENDED_BUFFER_SIZE / sizeof(std::int16_t)> samples{};
    switch_frame_t frame{};
    frame.data = samples.data();
    frame.buflen = SWITCH_RECOMMENDED_BUFFER_SIZE;
    switch_asr_flag_t flags = SWITCH_ASR_FLAG_NONE;
    if (switch_core_media_bug_read(tap, &frame, SWITCH_FALSE) == SWITCH_STATUS_FALSE) return true;
    const auto& asr = *handle_.asr_interface;
    if (asr.asr_feed(&handle_, frame.data, frame.datalen, &flags) != SWITCH_STATUS_SUCCESS) return false;
    if (asr.asr_check_results(&handle_, &flags) == SWITCH_STATUS_SUCCESS && ready_) {
        const std::lock_guard guard{mutex_};
        result_is_ready_.notify_one();
    }
    return true;
}

bool Speech::is_over() const { return !session_.channel.is_up() || is_closed(handle_) || abandoned_; }

// Holds the session for reading as long as it runs: a speech thread that does not end keeps the call from ending.
void Speech::run() {
    if (session_.channel.state >= CS_HANGUP || !session_.lock.try_lock_shared()) return;
    {
        std::unique_lock guard{mutex_};
        ready_ = true;
        bool goes_on = true;
        while (goes_on && !is_over()) {
            result_is_ready_.wait(guard);
            if (is_over()) break;
            goes_on = deliver_result();
        }
        if (!abandoned_) queue("closed", nullptr, nullptr);
    }
    session_.lock.unlock();
}

bool Speech::deliver_result() {
    const auto& asr = *handle_.asr_interface;
    switch_asr_flag_t flags = SWITCH_ASR_FLAG_NONE;
    if (asr.asr_check_results(&handle_, &flags) != SWITCH_STATUS_SUCCESS) return true;
    char* text = nullptr;
    switch_event_t* raw_headers = nullptr;
    const auto status = asr.asr_get_results(&handle_, &text, &flags);
    const bool is_result = status == SWITCH_STATUS_SUCCESS || status == SWITCH_STATUS_MORE_DATA;
    if (!is_result && status != SWITCH_STATUS_BREAK) return false;
    fault_point(session_, Point::result);
    if (asr.asr_get_result_headers != nullptr) asr.asr_get_result_headers(&handle_, &raw_headers, &flags);
    const EventPtr headers{raw_headers};
    if (is_result && text == nullptr) fatal("asr_get_results gave a result without text");
    if (is_result)
        queue(status == SWITCH_STATUS_SUCCESS ? "detected-speech" : "detected-partial-speech", headers.get(), text);
    else
        queue("begin-speaking", nullptr, nullptr);
    std::free(text);
    return true;
}

void Speech::queue(const char* type, switch_event_t* headers, const char* body) {
    auto event = make_event(SWITCH_EVENT_DETECTED_SPEECH);
    add_header(*event, "Speech-Type", type);
    if (headers != nullptr) merge(*event, *headers);
    if (body != nullptr) set_body(*event, body);
    if (fires_events_) {
        auto twin = copy(*event);
        session_.channel.add_data(*twin);
        event_bus().fire(std::move(twin));
    }
    if (session_.queue_event(event)) return;
    log(SWITCH_LOG_ERROR, "Event queue failed!");
    add_header(*event, "delivery-failure", "true");
    event_bus().fire(std::move(event));
}

void Speech::on_close() {
    session_.channel.set_private(SWITCH_SPEECH_KEY, nullptr);
    close();
    // The core signals only when it gets the mutex at once; the thread looks at CLOSED before it waits again.
    if (ready_ && mutex_.try_lock()) {
        result_is_ready_.notify_one();
        mutex_.unlock();
    }
    thread_.join();
}

void Speech::abandon() {
    session_.channel.set_private(SWITCH_SPEECH_KEY, nullptr);
    abandoned_ = true;
    {
        const std::lock_guard guard{mutex_};
        result_is_ready_.notify_all();
    }
    thread_.join();
}

void abandon(switch_media_bug& bug) {
    if (bug.callback == &Speech::on_media) static_cast<Speech*>(bug.user_data)->abandon();
}

namespace {

Speech* speech_of(switch_core_session& session) {
    return static_cast<Speech*>(session.channel.get_private(SWITCH_SPEECH_KEY));
}

void note_fire_events(switch_core_session& session, Speech& speech) {
    if (session.channel.is_set_true("fire_asr_events")) speech.set_fires_events();
}

switch_status_t stop(switch_core_session& session) {
    auto* speech = speech_of(session);
    if (speech == nullptr) return SWITCH_STATUS_FALSE;
    session.channel.set_private(SWITCH_SPEECH_KEY, nullptr);
    static_cast<void>(session.bugs.remove(speech->bug));
    return SWITCH_STATUS_SUCCESS;
}

// A grammar operation that fails ends the recognition.
switch_status_t stop_unless(switch_core_session& session, switch_status_t status) {
    if (status != SWITCH_STATUS_SUCCESS) static_cast<void>(stop(session));
    return status;
}

using NamedOperation = switch_status_t (*)(switch_asr_handle_t*, const char*);
switch_status_t call(switch_core_session& session, NamedOperation operation, const char* name) {
    auto* speech = speech_of(session);
    return stop_unless(session, operation == nullptr ? SWITCH_STATUS_FALSE : operation(&speech->handle(), name));
}

}  // namespace

switch_status_t detect_speech_init(switch_core_session& session, const std::string& engine, const char* destination) {
    if (speech_of(session) != nullptr) return SWITCH_STATUS_SUCCESS;
    auto& speech = *session.speeches.emplace_back(std::make_unique<Speech>(session));
    if (const auto status = speech.open(engine, destination); status != SWITCH_STATUS_SUCCESS) return status;
    note_fire_events(session, speech);
    const auto status = switch_core_media_bug_add(&session, "detect_speech", engine.c_str(), &Speech::on_media, &speech,
                                                  0, SMBF_READ_STREAM | SMBF_NO_PAUSE, &speech.bug);
    if (status != SWITCH_STATUS_SUCCESS) {
        speech.close();
        return status;
    }
    session.channel.set_private(SWITCH_SPEECH_KEY, &speech);
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t detect_speech(switch_core_session& session, const std::string& engine, std::string_view grammar,
                              const char* name, const char* destination) {
    const bool is_resumed = speech_of(session) != nullptr;
    if (detect_speech_init(session, engine, destination) != SWITCH_STATUS_SUCCESS) return SWITCH_STATUS_NOT_INITALIZED;
    auto& speech = *speech_of(session);
    constexpr std::string_view prefix = "asr_json_param_";
    for (const auto& [variable, value] : session.channel.variables())
        if (same(variable.substr(0, prefix.size()), prefix)) speech.set_param(variable.substr(prefix.size()), value);
    if (stop_unless(session, speech.load_grammar(grammar, name)) != SWITCH_STATUS_SUCCESS) return SWITCH_STATUS_FALSE;
    if (is_resumed) speech.engine().asr_resume(&speech.handle());
    note_fire_events(session, speech);
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t detect_speech_control(switch_core_session& session, std::string_view operation, const char* first,
                                      const char* second) {
    auto* speech = speech_of(session);
    if (speech == nullptr) return SWITCH_STATUS_FALSE;
    auto& handle = speech->handle();
    const auto& asr = speech->engine();
    if (operation == "pause") return asr.asr_pause(&handle);
    if (operation == "resume") return asr.asr_resume(&handle);
    if (operation == "stop") return stop(session);
    if (operation == "start-input-timers")
        return asr.asr_start_input_timers == nullptr ? SWITCH_STATUS_SUCCESS : asr.asr_start_input_timers(&handle);
    if (operation == "grammarsalloff")
        return stop_unless(session, asr.asr_disable_all_grammars == nullptr ? SWITCH_STATUS_FALSE
                                                                            : asr.asr_disable_all_grammars(&handle));
    if (operation == "grammar") return stop_unless(session, speech->load_grammar(or_empty(first), second));
    if (operation == "nogrammar") return call(session, asr.asr_unload_grammar, first);
    if (operation == "grammaron") return call(session, asr.asr_enable_grammar, first);
    if (operation == "grammaroff") return call(session, asr.asr_disable_grammar, first);
    if (operation == "param") {
        speech->set_param(or_empty(first), or_empty(second));
        return SWITCH_STATUS_SUCCESS;
    }
    return SWITCH_STATUS_NOTIMPL;
}

}  // namespace miniswitch
