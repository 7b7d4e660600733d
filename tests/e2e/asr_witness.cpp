// Stands in for mod_asr_stream in either switch: loads the real module, whose path ASR_STREAM_WITNESSED names, and
// appends to the file that ASR_STREAM_WITNESS names how the switch uses its recognizer interface, one line for each
// call of a callback: "UUID CALLBACK STATUS". A close and a feed are written when they begin, the others when they have
// returned. Of feeds in a row, and of checks without a result, nothing is written.

#include <dlfcn.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <type_traits>
#include <unordered_map>

#include "freeswitch/switch_api.hpp"

namespace {

#define WITNESSED_CALLBACKS(CALLBACK)  \
    CALLBACK(asr_open)                 \
    CALLBACK(asr_load_grammar)         \
    CALLBACK(asr_unload_grammar)       \
    CALLBACK(asr_enable_grammar)       \
    CALLBACK(asr_disable_grammar)      \
    CALLBACK(asr_disable_all_grammars) \
    CALLBACK(asr_feed)                 \
    CALLBACK(asr_feed_dtmf)            \
    CALLBACK(asr_pause)                \
    CALLBACK(asr_resume)               \
    CALLBACK(asr_start_input_timers)   \
    CALLBACK(asr_check_results)        \
    CALLBACK(asr_get_results)          \
    CALLBACK(asr_get_result_headers)   \
    CALLBACK(asr_text_param)           \
    CALLBACK(asr_close)

#define WITNESSED_NAME(name) name,
enum class Callback : std::size_t { WITNESSED_CALLBACKS(WITNESSED_NAME) };
#undef WITNESSED_NAME
#define WITNESSED_TEXT(name) #name,
constexpr std::array names{WITNESSED_CALLBACKS(WITNESSED_TEXT)};
#undef WITNESSED_TEXT

void* library = nullptr;
switch_loadable_module_function_table_t* real_module = nullptr;
switch_asr_interface_t real{};  ///< its callbacks

class Witness {
  public:
    void open(const char* path) { file_ = std::fopen(path, "a"); }

    void note(switch_asr_handle_t* handle, Callback callback, int status) {
        auto* session =
            static_cast<switch_core_session_t*>(switch_core_memory_pool_get_data(handle->memory_pool, "__session"));
        if (session == nullptr || file_ == nullptr) return;
        const std::lock_guard lock{mutex_};
        auto [last, is_first] = last_.try_emplace(handle, callback);
        if (!is_first && std::exchange(last->second, callback) == callback && callback == Callback::asr_feed) return;
        std::fprintf(file_, "%s %s %d\n", switch_core_session_get_uuid(session),
                     names[static_cast<std::size_t>(callback)], status);
        std::fflush(file_);
    }

  private:
    std::FILE* file_ = nullptr;
    std::mutex mutex_;
    std::unordered_map<const switch_asr_handle_t*, Callback> last_;
};

Witness& witness() {
    static auto* const one = new Witness;  // outlives late callbacks
    return *one;
}

/// In the place of one callback.
template <Callback callback, auto member, class Function>
struct Watched;
template <Callback callback, auto member, class Result, class... Arguments>
struct Watched<callback, member, Result (*)(switch_asr_handle_t*, Arguments...)> {
    static Result call(switch_asr_handle_t* handle, Arguments... arguments) {
        constexpr bool at_once = callback == Callback::asr_feed || callback == Callback::asr_close;
        if (at_once) witness().note(handle, callback, 0);
        if constexpr (std::is_void_v<Result>) {
            (real.*member)(handle, arguments...);
            witness().note(handle, callback, 0);
        } else {
            const Result status = (real.*member)(handle, arguments...);
            const bool is_nothing = callback == Callback::asr_check_results && status != SWITCH_STATUS_SUCCESS;
            if (!at_once && !is_nothing) witness().note(handle, callback, static_cast<int>(status));
            return status;
        }
    }
};

void watch(switch_asr_interface_t& interface) {
    real = interface;
#define WITNESSED_WATCH(name)      \
    if (interface.name != nullptr) \
        interface.name =           \
            &Watched<Callback::name, &switch_asr_interface_t::name, decltype(switch_asr_interface_t::name)>::call;
    WITNESSED_CALLBACKS(WITNESSED_WATCH)
#undef WITNESSED_WATCH
}

switch_status_t load_real(switch_loadable_module_interface_t** interface, switch_memory_pool_t* pool) {
    const char* path = std::getenv("ASR_STREAM_WITNESSED");
    const char* log = std::getenv("ASR_STREAM_WITNESS");
    if (path == nullptr || log == nullptr) return SWITCH_STATUS_TERM;
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::fprintf(stderr, "%s\n", dlerror());
        return SWITCH_STATUS_TERM;
    }
    real_module =
        static_cast<switch_loadable_module_function_table_t*>(dlsym(library, "mod_asr_stream_module_interface"));
    if (real_module == nullptr) return SWITCH_STATUS_TERM;
    const auto status = real_module->load(interface, pool);
    if (status != SWITCH_STATUS_SUCCESS) return status;
    witness().open(log);
    watch(*(*interface)->asr_interface);
    return status;
}

}  // namespace

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(asr_witness_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(asr_witness_shutdown);
SWITCH_MODULE_DEFINITION(mod_asr_stream, asr_witness_load, asr_witness_shutdown, nullptr);

SWITCH_MODULE_LOAD_FUNCTION(asr_witness_load) {
    static_cast<void>(modname);
    return load_real(module_interface, pool);
}

/// Both stay mapped: the process ends soon.
SWITCH_MODULE_SHUTDOWN_FUNCTION(asr_witness_shutdown) {
    static_cast<void>(real_module->shutdown());
    return SWITCH_STATUS_NOUNLOAD;
}
SWITCH_END_EXTERN_C
