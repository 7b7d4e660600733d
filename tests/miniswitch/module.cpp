#include "module.hpp"

#include <dlfcn.h>

#include <filesystem>

#include "session.hpp"

namespace miniswitch {

// One loaded shared object. Its pool holds what the core made for its interfaces.
struct Modules::Loaded {
    void* library = nullptr;
    fspr_pool_t pool;
    switch_loadable_module_interface_t* interface = nullptr;
    switch_loadable_module_function_table_t* functions = nullptr;

    ~Loaded() {
        if (library != nullptr) dlclose(library);
    }
};

namespace {

// They are not in a module's pool, because who holds an interface may release it after the module has ended.
fspr_thread_rwlock_t& new_lock() {
    static std::mutex mutex;
    static std::deque<fspr_thread_rwlock_t> all;
    const std::lock_guard guard{mutex};
    return all.emplace_back();
}

template <class Interface>
void* add_interface(switch_loadable_module_interface_t& module, Interface*& first) {
    auto* added = static_cast<Interface*>(module.pool->allocate(sizeof(Interface)));
    added->parent = &module;
    added->rwlock = &new_lock();
    added->next = std::exchange(first, added);
    return added;
}

template <class Interface>
void wait_until_free(const Interface* at) {
    for (; at != nullptr; at = at->next) {
        if (at->rwlock->try_lock_for(std::chrono::seconds{10}))
            at->rwlock->unlock();
        else
            log(SWITCH_LOG_ERROR,
                "Giving up on '" + std::string{at->interface_name} + "' waiting for existing references.");
    }
}

}  // namespace

void Modules::set_path(const std::string& path) {
    path_ = std::filesystem::absolute(path);
    name_ = std::filesystem::path{path_}.stem();
}

switch_loadable_module_interface_t* Modules::interface() const {
    return loaded_ == nullptr ? nullptr : loaded_->interface;
}

std::string Modules::load(std::string_view name) {
    const std::lock_guard changing{changing_};
    const auto module = std::make_shared<Loaded>();
    {
        const std::lock_guard guard{mutex_};
        if (loaded_ != nullptr) return "Module already loaded";
    }
    if (name == name_) module->library = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module->library != nullptr)
        module->functions = static_cast<switch_loadable_module_function_table_t*>(
            dlsym(module->library, (name_ + "_module_interface").c_str()));
    if (module->functions != nullptr) fail_allocations_of(module->functions);
    std::string why;
    if (module->functions == nullptr)
        why = or_empty(dlerror());
    else if (module->functions->switch_api_version != SWITCH_API_VERSION)
        why = "Trying to load an out of date module, please rebuild the module.";
    else if (module->functions->load(&module->interface, &module->pool) != SWITCH_STATUS_SUCCESS)
        why = "Module load routine returned an error";
    if (module->functions == nullptr || !why.empty()) {
        log(SWITCH_LOG_CRIT, "Error Loading module " + path_ + " **" + why + "**");
        return "module load file routine returned an error";
    }
    const std::lock_guard guard{mutex_};
    loaded_ = module;
    return {};
}

std::string Modules::unload(std::string_view name, bool force) {
    const std::lock_guard changing{changing_};
    std::shared_ptr<Loaded> module;
    {
        const std::lock_guard guard{mutex_};
        if (loaded_ == nullptr || name != name_) return "No such module!";
        module = std::exchange(loaded_, nullptr);
    }
    const auto error = end(module, force);
    const std::lock_guard guard{mutex_};
    if (!error.empty()) loaded_ = module;
    return error;
}

// The order is the core's: refuse while in use, wait up to 10 s for each held interface, shutdown, dlclose.
std::string Modules::end(const std::shared_ptr<Loaded>& module, bool force) {
    const auto& interface = *module->interface;
    if (!force && !interface.rwlock->try_lock_for(std::chrono::seconds{0})) {
        log(SWITCH_LOG_WARNING, "Module " + name_ + " is in use, cannot unload.");
        return "Module in use.";
    }
    wait_until_free(interface.application_interface);
    wait_until_free(interface.api_interface);
    wait_until_free(interface.file_interface);
    wait_until_free(interface.asr_interface);
    const auto status = module->functions->shutdown();
    if (!force) interface.rwlock->unlock();
    if (status != SWITCH_STATUS_NOUNLOAD) return {};
    log(SWITCH_LOG_WARNING, name_ + " stays mapped");
    const std::lock_guard guard{mutex_};
    kept_mapped_.push_back(module);
    return {};
}

Modules& modules() {
    static auto* all = new Modules;  // outlives whatever static objects a module that stays mapped may use
    return *all;
}

}  // namespace miniswitch

using namespace miniswitch;
extern "C" {

switch_loadable_module_interface_t* switch_loadable_module_create_module_interface(switch_memory_pool_t* pool,
                                                                                   const char* name) {
    auto* module =
        static_cast<switch_loadable_module_interface_t*>(pool->allocate(sizeof(switch_loadable_module_interface)));
    module->module_name = pool->duplicate(name);
    module->pool = pool;
    module->rwlock = &new_lock();
    return module;
}

void* switch_loadable_module_create_interface(switch_loadable_module_interface_t* module,
                                              switch_module_interface_name_t kind) {
    switch (kind) {
        case SWITCH_APPLICATION_INTERFACE: return add_interface(*module, module->application_interface);
        case SWITCH_API_INTERFACE: return add_interface(*module, module->api_interface);
        case SWITCH_FILE_INTERFACE: return add_interface(*module, module->file_interface);
        case SWITCH_ASR_INTERFACE: return add_interface(*module, module->asr_interface);
    }
    fatal("miniswitch has no interface of kind " + std::to_string(kind));
}

switch_status_t switch_thread_rwlock_rdlock(switch_thread_rwlock_t* lock) {
    return lock->lock_shared(), SWITCH_STATUS_SUCCESS;
}
switch_status_t switch_thread_rwlock_unlock(switch_thread_rwlock_t* lock) {
    return lock->unlock(), SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
