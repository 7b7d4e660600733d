#include "speech.hpp"

#include "module.hpp"
#include "session.hpp"

namespace miniswitch {
namespace {

// The core reads the handle's flags without a lock while asr_close sets one of them.
#if defined(__SANITIZE_THREAD__)
__attribute__((no_sanitize("thread")))
#endif
bool is_closed(const switch_asr_handle_t& handle) {
    return (*const_cast<const volatile std::uint32_t*>(&handle.flags) & SWITCH_ASR_FLAG_CLOSED) != 0;
}

}  // namespace

switch_status_t Speech::open(const std::string& engine, const char* destination) {
    session_.fault_at(Place::asr_open);
    const auto colon = std::min(engine.find(':'), engine.size());
    handle_.name = session_.pool.duplicate(engine.substr(0, colon));
    if (colon < engine.size()) handle_.param = session_.pool.duplicate(engine.substr(colon + 1));
    asr_ = handle_.asr_interface = modules().protect(&switch_loadable_module_interface::asr_interface, handle_.name);
    if (asr_ == nullptr) return SWITCH_STATUS_GENERR;
    handle_.memory_pool = &session_.pool;
    handle_.rate = handle_.samplerate = handle_.native_rate = session_.caller.rate();
    auto flags = switch_asr_flag_t{SWITCH_ASR_FLAG_NONE};
    const auto status = asr_->asr_open(&handle_, "L16", static_cast<int>(handle_.rate), destination, &flags);
    if (status != SWITCH_STATUS_SUCCESS) {
        UNPROTECT_INTERFACE(asr_)
        return status;
    }
    if (handle_.native_rate != handle_.rate) fatal("miniswitch does not resample for an engine");
    const auto added = switch_core_media_bug_add(&session_, "detect_speech", nullptr, &on_media, this, 0,
                                                 SMBF_READ_STREAM | SMBF_NO_PAUSE, &bug_);
    if (added == SWITCH_STATUS_SUCCESS)
        session_.speech = this;
    else
        close();
    return added;
}

void Speech::close() {
    auto flags = switch_asr_flag_t{SWITCH_ASR_FLAG_NONE};
    asr_->asr_close(&handle_, &flags);
    if (!is_closed(handle_)) handle_.flags |= SWITCH_ASR_FLAG_CLOSED;
    UNPROTECT_INTERFACE(asr_)
}

switch_status_t Speech::load_grammar(std::string grammar, const char* name) {
    session_.fault_at(Place::load_grammar);
    grammar.erase(0, grammar.find_first_not_of(' '));
    if (grammar.empty()) return SWITCH_STATUS_FALSE;
    if (grammar.front() == '{') {
        const auto parts = braces(grammar);
        if (!parts) return SWITCH_STATUS_FALSE;
        for (const auto& field : fields(parts->first, ','))
            if (const auto pair = name_value(field)) set_param(pair->first, pair->second);
        grammar = parts->second;
    }
    return asr_->asr_load_grammar(&handle_, grammar.c_str(), name);
}

void Speech::set_param(std::string name, const std::string& value) {
    if (asr_->asr_text_param != nullptr) asr_->asr_text_param(&handle_, name.data(), value.c_str());
}

void Speech::feed_dtmf(const switch_dtmf_t& dtmf) {
    auto flags = switch_asr_flag_t{SWITCH_ASR_FLAG_NONE};
    if (asr_->asr_feed_dtmf != nullptr) asr_->asr_feed_dtmf(&handle_, &dtmf, &flags);
}

void Speech::stop() {
    session_.speech = nullptr;
    static_cast<void>(session_.bugs.remove(bug_));
}

void Speech::control(const std::string& operation, const char* first, const char* second) {
    const auto named = [&](auto* callback) {
        return callback == nullptr ? SWITCH_STATUS_FALSE : callback(&handle_, first);
    };
    const auto plain = [&](auto* callback) { return callback == nullptr ? SWITCH_STATUS_FALSE : callback(&handle_); };
    auto status = SWITCH_STATUS_SUCCESS;
    if (operation == "pause") asr_->asr_pause(&handle_);
    if (operation == "resume") asr_->asr_resume(&handle_);
    if (operation == "start-input-timers") static_cast<void>(plain(asr_->asr_start_input_timers));
    if (operation == "param") set_param(or_empty(first), or_empty(second));
    if (operation == "grammar") status = load_grammar(or_empty(first), second);
    if (operation == "nogrammar") status = named(asr_->asr_unload_grammar);
    if (operation == "grammaron") status = named(asr_->asr_enable_grammar);
    if (operation == "grammaroff") status = named(asr_->asr_disable_grammar);
    if (operation == "grammarsalloff") status = plain(asr_->asr_disable_all_grammars);
    // In the core too a grammar operation that fails ends the recognition.
    if (operation == "stop" || status != SWITCH_STATUS_SUCCESS) stop();
}

switch_bool_t Speech::on_media(switch_media_bug_t*, void* self, switch_abc_type_t type) {
    auto* speech = static_cast<Speech*>(self);
    if (type == SWITCH_ABC_TYPE_INIT && !speech->thread_.start("speech", [speech] { speech->run(); }))
        log(SWITCH_LOG_ERROR, "no thread for detect_speech");
    if (type == SWITCH_ABC_TYPE_CLOSE) speech->on_close();
    return type != SWITCH_ABC_TYPE_READ || speech->read() ? SWITCH_TRUE : SWITCH_FALSE;
}

bool Speech::read() {
    std::array<std::int16_t, SWITCH_RECOMMENDED_BUFFER_SIZE / 2> samples{};
    switch_frame_t frame{};
    frame.data = samples.data();
    frame.buflen = SWITCH_RECOMMENDED_BUFFER_SIZE;
    auto flags = switch_asr_flag_t{SWITCH_ASR_FLAG_NONE};
    if (bug_ == nullptr || switch_core_media_bug_read(bug_, &frame, SWITCH_FALSE) == SWITCH_STATUS_FALSE) return true;
    if (asr_->asr_feed(&handle_, frame.data, frame.datalen, &flags) != SWITCH_STATUS_SUCCESS) return false;
    if (asr_->asr_check_results(&handle_, &flags) == SWITCH_STATUS_SUCCESS && ready_) wake();
    return true;
}

bool Speech::is_over() const { return !session_.channel.is_up() || is_closed(handle_) || abandoned_; }

// Holds the session for reading as long as it runs: a speech thread that does not end keeps the call from ending.
void Speech::run() {
    if (!session_.lock.try_lock_shared()) return;
    const LockedSession held{&session_};
    if (!session_.channel.is_up()) return;
    std::unique_lock guard{mutex_};
    ready_ = true;
    for (bool goes_on = true; goes_on && !is_over();) {
        faults().stall(Fault::speech_wait_delay_ms);
        result_is_ready_.wait(guard);
        if (!is_over()) goes_on = deliver_result();
    }
    if (!abandoned_) queue("closed", nullptr, nullptr);
}

bool Speech::deliver_result() {
    auto flags = switch_asr_flag_t{SWITCH_ASR_FLAG_NONE};
    if (asr_->asr_check_results(&handle_, &flags) != SWITCH_STATUS_SUCCESS) return true;
    char* text = nullptr;
    switch_event_t* raw_headers = nullptr;
    const auto status = asr_->asr_get_results(&handle_, &text, &flags);
    const bool is_result = status == SWITCH_STATUS_SUCCESS || status == SWITCH_STATUS_MORE_DATA;
    if (!is_result && status != SWITCH_STATUS_BREAK) return false;
    if (is_result && text == nullptr) fatal("asr_get_results gave a result without text");
    session_.fault_at(Place::result);
    if (asr_->asr_get_result_headers != nullptr) asr_->asr_get_result_headers(&handle_, &raw_headers, &flags);
    const EventPtr headers{raw_headers};
    if (is_result)
        queue(status == SWITCH_STATUS_SUCCESS ? "detected-speech" : "detected-partial-speech", headers.get(), text);
    else
        queue("begin-speaking", nullptr, nullptr);
    std::free(text);
    return true;
}

void Speech::queue(const char* type, const switch_event_t* headers, const char* body) {
    auto event = make_event(SWITCH_EVENT_DETECTED_SPEECH);
    add_header(*event, "Speech-Type", type);
    if (headers != nullptr) merge(*event, *headers);
    if (body != nullptr) switch_event_set_body(event.get(), body);
    if (session_.channel.is_true("fire_asr_events")) {
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
    session_.speech = nullptr;
    close();
    wake();
    thread_.join();
}

// The core signals only when it gets the mutex at once: a thread that is about to wait then never learns of the end.
void Speech::wake() {
    const std::lock_guard guard{mutex_};
    result_is_ready_.notify_one();
}

void Speech::abandon(const switch_media_bug& bug) {
    if (bug.callback != &on_media) return;
    auto* speech = static_cast<Speech*>(bug.user_data);
    speech->session_.speech = nullptr;
    speech->abandoned_ = true;
    speech->wake();
    speech->thread_.join();
}

switch_status_t detect_speech(switch_core_session& session, const std::string& engine, const std::string& grammar,
                              const char* name, const char* destination) {
    const bool is_resumed = session.speech != nullptr;
    if (!is_resumed) {
        auto& added = *session.speeches.emplace_back(std::make_unique<Speech>(session));
        if (added.open(engine, destination) != SWITCH_STATUS_SUCCESS) return SWITCH_STATUS_NOT_INITALIZED;
    }
    auto* speech = session.speech.load();
    if (speech == nullptr) return SWITCH_STATUS_NOT_INITALIZED;
    constexpr std::string_view prefix = "asr_json_param_";
    for (const auto& [variable, value] : session.channel.variables())
        if (same(variable.substr(0, prefix.size()), prefix)) speech->set_param(variable.substr(prefix.size()), value);
    if (speech->load_grammar(grammar, name) != SWITCH_STATUS_SUCCESS) {
        speech->stop();
        return SWITCH_STATUS_FALSE;
    }
    if (is_resumed) speech->control("resume", nullptr, nullptr);
    return SWITCH_STATUS_SUCCESS;
}

void detect_speech_control(switch_core_session& session, const std::string& operation, const char* first,
                           const char* second) {
    if (auto* speech = session.speech.load()) speech->control(operation, first, second);
}

}  // namespace miniswitch

extern "C" switch_status_t switch_ivr_stop_detect_speech(switch_core_session_t* session) {
    if (session->speech == nullptr) return SWITCH_STATUS_FALSE;
    miniswitch::detect_speech_control(*session, "stop");
    return SWITCH_STATUS_SUCCESS;
}
