// The specimen in a switch: the recognizer interface `leaky_asr` over the functions of leaky_asr.hpp, as thin as the
// first module had it. `detect_speech leaky_asr:URL GRAMMAR NAME`; the grammar means nothing.
#include <cjson/cJSON.h>
#include <switch.h>

#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include "leaky_asr/leaky_asr.hpp"

namespace {

using SharedCall = std::shared_ptr<leaky_asr::Call>;

/// Behind a handle of the switch, in the call's memory: the speech thread may still be inside when the handle is
/// closed.
class Recognizer {
  public:
    explicit Recognizer(SharedCall call) : call_{std::move(call)} {}
    /// Null once it was closed.
    [[nodiscard]] SharedCall call() {
        const std::lock_guard<std::mutex> lock{mutex_};
        return call_;
    }
    void close() {
        SharedCall last;
        const std::lock_guard<std::mutex> lock{mutex_};
        std::swap(last, call_);
    }

  private:
    std::mutex mutex_;
    SharedCall call_;
};

/// No exception crosses into the switch.
template <class Function>
switch_status_t guarded(Function function) noexcept {
    try {
        return function();
    } catch (const std::exception& error) {
        switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "leaky_asr: %s\n", error.what());
    } catch (...) {
        switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "leaky_asr: unknown exception\n");
    }
    return SWITCH_STATUS_FALSE;
}

SharedCall call_of(const switch_asr_handle_t* handle) {
    auto* recognizer = static_cast<Recognizer*>(handle->private_info);
    return recognizer == nullptr ? nullptr : recognizer->call();
}

/// The switch frees it.
char* copy_of(const std::string& text) {
    char* copy = strdup(text.c_str());
    if (copy == nullptr) throw std::bad_alloc{};
    return copy;
}

bool is_final(const std::string& message) {
    const std::unique_ptr<cJSON, decltype(&cJSON_Delete)> json{cJSON_Parse(message.c_str()), cJSON_Delete};
    const cJSON* type = cJSON_GetObjectItem(json.get(), "type");
    return type != nullptr && type->valuestring != nullptr && std::strcmp(type->valuestring, "final") == 0;
}

}  // namespace

extern "C" {

static switch_status_t leaky_asr_open(switch_asr_handle_t* handle, const char* /*codec*/, int rate, const char* url,
                                      switch_asr_flag_t* /*flags*/) {
    return guarded([&] {
        const char* named = zstr(url) ? handle->param : url;
        if (rate != 8000 || zstr(named)) {
            switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "leaky_asr: needs leaky_asr:URL and 8000 Hz\n");
            return SWITCH_STATUS_FALSE;
        }
        SharedCall call = asr_open(named);
        if (!call) return SWITCH_STATUS_FALSE;
        void* memory = switch_core_alloc(handle->memory_pool, sizeof(Recognizer));
        handle->private_info = new (memory) Recognizer{std::move(call)};
        return SWITCH_STATUS_SUCCESS;
    });
}

static switch_status_t leaky_asr_load_grammar(switch_asr_handle_t*, const char*, const char*) {
    return SWITCH_STATUS_SUCCESS;
}

static switch_status_t leaky_asr_unload_grammar(switch_asr_handle_t*, const char*) { return SWITCH_STATUS_SUCCESS; }

/// The flag comes first: the speech thread looks at it before it waits again, and the switch joins that thread next.
static switch_status_t leaky_asr_close(switch_asr_handle_t* handle, switch_asr_flag_t* /*flags*/) {
    switch_set_flag(handle, SWITCH_ASR_FLAG_CLOSED);
    return guarded([&] {
        if (auto* recognizer = static_cast<Recognizer*>(handle->private_info)) recognizer->close();
        return SWITCH_STATUS_SUCCESS;
    });
}

static switch_status_t leaky_asr_feed(switch_asr_handle_t* handle, void* data, unsigned int bytes,
                                      switch_asr_flag_t* /*flags*/) {
    return guarded([&] {
        const SharedCall call = call_of(handle);
        return call && asr_feed(*call, data, bytes) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
    });
}

static switch_status_t leaky_asr_resume(switch_asr_handle_t*) { return SWITCH_STATUS_SUCCESS; }
static switch_status_t leaky_asr_pause(switch_asr_handle_t*) { return SWITCH_STATUS_SUCCESS; }

static switch_status_t leaky_asr_check_results(switch_asr_handle_t* handle, switch_asr_flag_t* /*flags*/) {
    return guarded([&] {
        const SharedCall call = call_of(handle);
        return call && asr_check_results(*call) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
    });
}

static switch_status_t leaky_asr_get_results(switch_asr_handle_t* handle, char** body, switch_asr_flag_t* /*flags*/) {
    return guarded([&] {
        const SharedCall call = call_of(handle);
        if (!call) return SWITCH_STATUS_FALSE;
        const std::string message = asr_get_results(*call);
        *body = copy_of(message);
        return is_final(message) ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_MORE_DATA;
    });
}

SWITCH_MODULE_LOAD_FUNCTION(mod_leaky_asr_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_leaky_asr_shutdown);
SWITCH_MODULE_DEFINITION(mod_leaky_asr, mod_leaky_asr_load, mod_leaky_asr_shutdown, nullptr);

SWITCH_MODULE_LOAD_FUNCTION(mod_leaky_asr_load) {
    return guarded([&] {
        asr_load();
        *module_interface = switch_loadable_module_create_module_interface(pool, modname);
        auto* recognizer = static_cast<switch_asr_interface_t*>(
            switch_loadable_module_create_interface(*module_interface, SWITCH_ASR_INTERFACE));
        recognizer->interface_name = "leaky_asr";
        recognizer->asr_open = leaky_asr_open;
        recognizer->asr_load_grammar = leaky_asr_load_grammar;
        recognizer->asr_unload_grammar = leaky_asr_unload_grammar;
        recognizer->asr_close = leaky_asr_close;
        recognizer->asr_feed = leaky_asr_feed;
        recognizer->asr_resume = leaky_asr_resume;
        recognizer->asr_pause = leaky_asr_pause;
        recognizer->asr_check_results = leaky_asr_check_results;
        recognizer->asr_get_results = leaky_asr_get_results;
        return SWITCH_STATUS_SUCCESS;
    });
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_leaky_asr_shutdown) { return SWITCH_STATUS_SUCCESS; }
}
