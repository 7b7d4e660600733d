#include <asr_stream/engine.hpp>
#include <memory>
#include <string>

#include "freeswitch/call_log.hpp"
#include "freeswitch/console.hpp"
#include "freeswitch/event_headers.hpp"
#include "freeswitch/interfaces.hpp"
#include "freeswitch/module.hpp"
#include "freeswitch/switch_api.hpp"

namespace asr_stream::freeswitch {
namespace {

void reserve_events() {
    for (const auto subclass : event_subclasses()) {
        const std::string name{subclass};
        if (switch_event_reserve_subclass(name.c_str()) != SWITCH_STATUS_SUCCESS)
            log_line(LogLevel::warning, {}, "event subclass " + name + " is reserved by another module");
    }
}

void free_events() {
    for (const auto subclass : event_subclasses()) switch_event_free_subclass(std::string{subclass}.c_str());
}

/// Takes the module out of reach again when loading fails half-way; its threads end with the last reference.
class Loading {
  public:
    explicit Loading(const std::shared_ptr<Module>& module) { Module::set_current(module); }
    ~Loading() {
        if (!is_done_) Module::set_current(nullptr);
    }
    Loading(const Loading&) = delete;
    Loading& operator=(const Loading&) = delete;
    void done() noexcept { is_done_ = true; }

  private:
    bool is_done_ = false;
};

[[nodiscard]] switch_status_t load(switch_loadable_module_interface_t** interface, switch_memory_pool_t* pool) {
    auto module = Module::create();
    if (!module) {
        log_line(LogLevel::error, {}, "not loaded: " + module.error().message());
        return SWITCH_STATUS_TERM;
    }
    *interface = switch_loadable_module_create_module_interface(pool, "mod_asr_stream");
    reserve_events();
    Loading loading{*module};
    register_api_interfaces(*interface);
    register_application_interface(*interface);
    register_asr_interface(*interface);
    register_file_interface(*interface);
    add_console_completion();
    loading.done();
    log_line(LogLevel::notice, {}, "version " + std::string{version()} + " loaded");
    return SWITCH_STATUS_SUCCESS;
}

/// The switch has taken the interfaces away before, or, when it shuts down or is forced, has given up waiting for them.
[[nodiscard]] switch_status_t shut_down() {
    remove_console_completion();
    auto module = Module::current();
    if (!module) return SWITCH_STATUS_SUCCESS;
    Module::set_current(nullptr);
    const bool is_gone = Module::shut_down(std::move(module));
    free_events();
    if (is_gone) return SWITCH_STATUS_SUCCESS;
    log_line(LogLevel::warning, {}, "calls still hold streams: the module's code stays in memory");
    return SWITCH_STATUS_NOUNLOAD;
}

}  // namespace
}  // namespace asr_stream::freeswitch

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_asr_stream_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_asr_stream_shutdown);
SWITCH_MODULE_DEFINITION(mod_asr_stream, mod_asr_stream_load, mod_asr_stream_shutdown, nullptr);

SWITCH_MODULE_LOAD_FUNCTION(mod_asr_stream_load) {
    static_cast<void>(modname);
    return asr_stream::freeswitch::c_entry(
        "load", [&] { return asr_stream::freeswitch::load(module_interface, pool); }, SWITCH_STATUS_TERM);
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_asr_stream_shutdown) {
    return asr_stream::freeswitch::c_entry(
        "shutdown", [] { return asr_stream::freeswitch::shut_down(); }, SWITCH_STATUS_NOUNLOAD);
}
SWITCH_END_EXTERN_C
