#include <array>
#include <atomic>
#include <charconv>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <type_traits>

#include "freeswitch/asr_handle.hpp"
#include "freeswitch/call_log.hpp"
#include "freeswitch/door.hpp"
#include "freeswitch/interfaces.hpp"

/// The switch's recognizer interface: each callback finds the recognizer behind the handle and asks it. What the switch
/// demands of each (threads, locks, status values) is in its switch_ivr_async.c, speech_thread() and speech_callback().
namespace asr_stream::freeswitch {
namespace {

using AsrDoor = Door<AsrHandle>;
using Visit = AsrDoor::Visit;

AsrDoor* door_of(const switch_asr_handle_t* ah) noexcept { return static_cast<AsrDoor*>(ah->private_info); }

/// Calls `action` with the recognizer; `closed` is the answer when there is none any more.
template <class Action>
switch_status_t with(const char* where, const switch_asr_handle_t* ah, switch_status_t closed, Action action) noexcept {
    return c_entry(where, [&] {
        const Visit visit{door_of(ah)};
        return visit ? action(*visit) : closed;
    });
}

switch_status_t status_of(bool good) noexcept { return good ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE; }

/// The call that opened the recognizer, found by the memory the switch gave it; null in none.
switch_core_session_t* session_of(const switch_asr_handle_t* ah) noexcept {
    return static_cast<switch_core_session_t*>(switch_core_memory_pool_get_data(ah->memory_pool, "__session"));
}

std::string uuid_of(switch_core_session_t* session) {
    static std::atomic<std::uint64_t> without_call{0};
    if (session != nullptr) return switch_core_session_get_uuid(session);
    return "no-call-" + std::to_string(without_call.fetch_add(1, std::memory_order_relaxed) + 1);
}

switch_status_t open(switch_asr_handle_t* ah, std::string_view codec, int rate, std::string_view url) {
    constexpr int min_rate = 8000;
    constexpr int max_rate = 48000;
    AsrSetup setup;
    setup.interface = ah->asr_interface;
    setup.session = session_of(ah);
    setup.uuid = uuid_of(setup.session);
    setup.profile = view(ah->param);
    setup.url = url;
    setup.rate = static_cast<std::uint32_t>(rate);
    const std::string uuid = setup.uuid;
    if (!codec.empty() && codec != "L16") {
        log_line(LogLevel::error, uuid, "codec " + std::string{codec} + ": a recognizer takes L16");
        return SWITCH_STATUS_FALSE;
    }
    if (rate < min_rate || rate > max_rate) {
        log_line(LogLevel::error, uuid, "no recognizer for audio of " + std::to_string(rate) + " Hz");
        return SWITCH_STATUS_FALSE;
    }
    const auto door = AsrHandle::open(std::move(setup));
    if (!door) {
        log_line(LogLevel::error, uuid, "no recognizer: " + door.error().message());
        return SWITCH_STATUS_FALSE;
    }
    ah->private_info = new (switch_core_alloc(ah->memory_pool, sizeof(AsrDoor))) AsrDoor{*door};
    return SWITCH_STATUS_SUCCESS;
}

/// The body in memory that the switch frees.
char* copy_of(const std::string& text) {
    auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
    if (copy == nullptr) throw std::bad_alloc{};
    std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

switch_status_t get_results(AsrHandle& handle, char** body) {
    using Kind = RecognitionResult::Kind;
    const auto delivery = handle.take();
    // Every other status would end the speech thread, and with it all further results.
    if (!delivery) {
        *body = copy_of({});
        return SWITCH_STATUS_MORE_DATA;
    }
    if (delivery->kind == Kind::begin_speaking) return SWITCH_STATUS_BREAK;
    *body = copy_of(delivery->body);
    return delivery->kind == Kind::partial ? SWITCH_STATUS_MORE_DATA : SWITCH_STATUS_SUCCESS;
}

switch_status_t get_headers(AsrHandle& handle, switch_event_t** headers) {
    const auto list = handle.take_headers();
    if (list.empty()) return SWITCH_STATUS_SUCCESS;
    switch_event_t* created = nullptr;  // CLONE: an event without the headers that every event of the switch has
    if (switch_event_create(&created, SWITCH_EVENT_CLONE) != SWITCH_STATUS_SUCCESS) return SWITCH_STATUS_MEMERR;
    EventPtr event{created};
    for (const auto& [name, value] : list)
        switch_event_add_header_string(event.get(), SWITCH_STACK_BOTTOM, std::string{name}.c_str(), value.c_str());
    *headers = event.release();
    return SWITCH_STATUS_SUCCESS;
}

/// Empty for what is no key of a telephone.
constexpr char key_of(char digit) noexcept {
    constexpr std::string_view keys = "0123456789*#ABCD";
    const char upper = digit >= 'a' && digit <= 'd' ? static_cast<char>(digit - 'a' + 'A') : digit;
    return keys.find(upper) == std::string_view::npos ? '\0' : upper;
}

template <class Number>
void set_number(switch_asr_handle_t* ah, const char* name, Number value) noexcept {
    std::array<char, 64> text{};
    char* end = nullptr;
    if constexpr (std::is_floating_point_v<Number>)
        end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 9).ptr;
    else
        end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    const std::string_view digits{text.data(), static_cast<std::size_t>(end - text.data())};
    with("asr_param", ah, SWITCH_STATUS_FALSE, [&](AsrHandle& handle) {
        handle.set_parameter(view(name), digits);
        return SWITCH_STATUS_SUCCESS;
    });
}

extern "C" {

switch_status_t asr_stream_asr_open(switch_asr_handle_t* ah, const char* codec, int rate, const char* dest,
                                    switch_asr_flag_t* /*flags*/) {
    return c_entry("asr_open", [&] { return open(ah, view(codec), rate, view(dest)); });
}

switch_status_t asr_stream_asr_load_grammar(switch_asr_handle_t* ah, const char* grammar, const char* /*name*/) {
    return with("asr_load_grammar", ah, SWITCH_STATUS_FALSE,
                [&](AsrHandle& handle) { return status_of(handle.load_grammar(view(grammar))); });
}

switch_status_t asr_stream_asr_unload_grammar(switch_asr_handle_t* ah, const char* /*name*/) {
    return with("asr_unload_grammar", ah, SWITCH_STATUS_SUCCESS, [](AsrHandle& handle) {
        handle.unload_grammar();
        return SWITCH_STATUS_SUCCESS;
    });
}

switch_status_t asr_stream_asr_enable_grammar(switch_asr_handle_t* ah, const char* /*name*/) {
    return with("asr_enable_grammar", ah, SWITCH_STATUS_FALSE,
                [](AsrHandle& handle) { return status_of(handle.resume()); });
}

switch_status_t asr_stream_asr_disable_all_grammars(switch_asr_handle_t* ah) {
    return with("asr_disable_all_grammars", ah, SWITCH_STATUS_SUCCESS, [](AsrHandle& handle) {
        handle.pause();
        return SWITCH_STATUS_SUCCESS;
    });
}

switch_status_t asr_stream_asr_disable_grammar(switch_asr_handle_t* ah, const char* /*name*/) {
    return asr_stream_asr_disable_all_grammars(ah);  // there is one at a time
}

/// Runs while the speech thread may be inside; the switch joins that thread right after, so it must see CLOSED first.
switch_status_t asr_stream_asr_close(switch_asr_handle_t* ah, switch_asr_flag_t* /*flags*/) {
    std::atomic_ref{ah->flags}.fetch_or(SWITCH_ASR_FLAG_CLOSED);
    const AsrDoor* door = door_of(ah);
    if (const Visit visit{door}) {
        visit->close();
        door->close();
    }
    return SWITCH_STATUS_SUCCESS;
}

/// Never anything but SUCCESS: for any other answer the switch removes the recognizer without a word.
switch_status_t asr_stream_asr_feed(switch_asr_handle_t* ah, void* data, unsigned int len,
                                    switch_asr_flag_t* /*flags*/) {
    if (const Visit visit{door_of(ah)})
        visit->feed(std::span{static_cast<std::int16_t*>(data), len / sizeof(std::int16_t)});
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t asr_stream_asr_feed_dtmf(switch_asr_handle_t* ah, const switch_dtmf_t* dtmf,
                                         switch_asr_flag_t* /*flags*/) {
    return with("asr_feed_dtmf", ah, SWITCH_STATUS_SUCCESS, [&](AsrHandle& handle) {
        if (const char key = key_of(dtmf->digit)) handle.feed_dtmf(key);
        return SWITCH_STATUS_SUCCESS;
    });
}

switch_status_t asr_stream_asr_pause(switch_asr_handle_t* ah) { return asr_stream_asr_disable_all_grammars(ah); }

switch_status_t asr_stream_asr_resume(switch_asr_handle_t* ah) { return asr_stream_asr_enable_grammar(ah, nullptr); }

switch_status_t asr_stream_asr_check_results(switch_asr_handle_t* ah, switch_asr_flag_t* /*flags*/) {
    return with("asr_check_results", ah, SWITCH_STATUS_FALSE, [ah](AsrHandle& handle) {
        const auto flags = std::atomic_ref{ah->flags}.load(std::memory_order_relaxed);
        return status_of(handle.check((flags & SWITCH_ASR_FLAG_AUTO_RESUME) != 0));
    });
}

switch_status_t asr_stream_asr_get_results(switch_asr_handle_t* ah, char** body, switch_asr_flag_t* /*flags*/) {
    return with("asr_get_results", ah, SWITCH_STATUS_FALSE,
                [&](AsrHandle& handle) { return get_results(handle, body); });
}

switch_status_t asr_stream_asr_get_result_headers(switch_asr_handle_t* ah, switch_event_t** headers,
                                                  switch_asr_flag_t* /*flags*/) {
    return with("asr_get_result_headers", ah, SWITCH_STATUS_SUCCESS,
                [&](AsrHandle& handle) { return get_headers(handle, headers); });
}

switch_status_t asr_stream_asr_start_input_timers(switch_asr_handle_t* ah) {
    return with("asr_start_input_timers", ah, SWITCH_STATUS_SUCCESS, [](AsrHandle& handle) {
        handle.start_input_timers();
        return SWITCH_STATUS_SUCCESS;
    });
}

void asr_stream_asr_text_param(switch_asr_handle_t* ah, char* name, const char* value) {
    with("asr_text_param", ah, SWITCH_STATUS_FALSE, [&](AsrHandle& handle) {
        handle.set_parameter(view(name), view(value));
        return SWITCH_STATUS_SUCCESS;
    });
}

void asr_stream_asr_numeric_param(switch_asr_handle_t* ah, char* name, int value) { set_number(ah, name, value); }

void asr_stream_asr_float_param(switch_asr_handle_t* ah, char* name, double value) { set_number(ah, name, value); }

}  // extern "C"

}  // namespace

void register_asr_interface(switch_loadable_module_interface_t* module) {
    auto* asr =
        static_cast<switch_asr_interface_t*>(switch_loadable_module_create_interface(module, SWITCH_ASR_INTERFACE));
    asr->interface_name = module_name;
    asr->asr_open = asr_stream_asr_open;
    asr->asr_load_grammar = asr_stream_asr_load_grammar;
    asr->asr_unload_grammar = asr_stream_asr_unload_grammar;
    asr->asr_enable_grammar = asr_stream_asr_enable_grammar;
    asr->asr_disable_grammar = asr_stream_asr_disable_grammar;
    asr->asr_disable_all_grammars = asr_stream_asr_disable_all_grammars;
    asr->asr_close = asr_stream_asr_close;
    asr->asr_feed = asr_stream_asr_feed;
    asr->asr_feed_dtmf = asr_stream_asr_feed_dtmf;
    asr->asr_pause = asr_stream_asr_pause;
    asr->asr_resume = asr_stream_asr_resume;
    asr->asr_check_results = asr_stream_asr_check_results;
    asr->asr_get_results = asr_stream_asr_get_results;
    asr->asr_get_result_headers = asr_stream_asr_get_result_headers;
    asr->asr_start_input_timers = asr_stream_asr_start_input_timers;
    asr->asr_text_param = asr_stream_asr_text_param;
    asr->asr_numeric_param = asr_stream_asr_numeric_param;
    asr->asr_float_param = asr_stream_asr_float_param;
}

}  // namespace asr_stream::freeswitch
