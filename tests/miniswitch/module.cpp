#include "module.hpp"

#include <dlfcn.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <thread>

#include "event_bus.hpp"
#include "text.hpp"

namespace miniswitch {

// One loaded shared object. Its pool holds what the core made for its interfaces; gone with dlclose.
struct Modules::Loaded {
    void* library = nullptr;
    fspr_pool_t pool;
    switch_loadable_module_interface_t* interface = nullptr;
    switch_loadable_module_function_table_t* functions = nullptr;
    bool is_permanent = false;
};

namespace {

// Locks of a module's interfaces, which need a destructor that the pool does not run.
struct InterfaceLocks {
    fspr_thread_rwlock_t rwlock;
    fspr_thread_mutex_t reflock;
};
std::mutex locks_mutex;
std::deque<InterfaceLocks> all_locks;  // a lock may be released after its module ended, so they stay

InterfaceLocks& new_locks() {
    const std::lock_guard guard{locks_mutex};
    return all_locks.emplace_back();
}

template <class Interface>
void* add_interface(switch_loadable_module_interface_t& module, Interface*& first) {
    auto* added = static_cast<Interface*>(module.pool->allocate(sizeof(Interface)));
    auto& locks = new_locks();
    added->parent = &module;
    added->rwlock = &locks.rwlock;
    added->reflock = &locks.reflock;
    auto** link = &first;
    while (*link != nullptr) link = &(*link)->next;
    return *link = added;
}

template <class Interface>
void wait_until_free(const Interface* first) {
    for (; first != nullptr; first = first->next) {
        if (first->rwlock->try_lock_for(std::chrono::seconds{10}))
            first->rwlock->unlock();
        else
            log(SWITCH_LOG_ERROR,
                "Giving up on '" + std::string{first->interface_name} + "' waiting for existing references.");
    }
}

void fire_module_event(switch_event_types_t id, const std::string& name) {
    auto event = make_event(id);
    add_header(*event, "type", "generic");
    add_header(*event, "name", name);
    event_bus().fire(std::move(event));
}

}  // namespace

void Modules::set_path(std::string path) {
    path_ = std::filesystem::absolute(path);
    name_ = std::filesystem::path{path_}.stem();
    if (name_.ends_with("_mini")) name_.resize(name_.size() - 5);
}

std::string Modules::load(std::string_view name) {
    if (is_loaded(name)) return "Module already loaded";
    if (name != name_) return "module load file routine returned an error";
    auto module = std::make_shared<Loaded>();
    module->library = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module->library != nullptr)
        module->functions = static_cast<switch_loadable_module_function_table_t*>(
            dlsym(module->library, (name_ + "_module_interface").c_str()));
    const char* why = nullptr;
    if (module->functions == nullptr) {
        why = dlerror();
    } else if (module->functions->switch_api_version != SWITCH_API_VERSION) {
        why = "Trying to load an out of date module, please rebuild the module.";
    } else {
        const auto status = module->functions->load(&module->interface, &module->pool);
        module->is_permanent = status == SWITCH_STATUS_NOUNLOAD;
        if (status != SWITCH_STATUS_SUCCESS && !module->is_permanent) why = "Module load routine returned an error";
    }
    if (why != nullptr) {
        log(SWITCH_LOG_CRIT, "Error Loading module " + path_ + "\n**" + why + "**");
        if (module->library != nullptr) dlclose(module->library);
        return "module load file routine returned an error";
    }
    {
        const std::lock_guard guard{mutex_};
        loaded_ = std::move(module);
    }
    fire_module_event(SWITCH_EVENT_MODULE_LOAD, name_);
    return {};
}

bool Modules::is_loaded(std::string_view name) const {
    const std::lock_guard guard{mutex_};
    return loaded_ != nullptr && name == name_;
}

std::string Modules::unload(std::string_view name, bool force) {
    std::shared_ptr<Loaded> module;
    {
        const std::lock_guard guard{mutex_};
        if (loaded_ == nullptr || name != name_) return "No such module!";
        if (loaded_->is_permanent) return "Module is not unloadable";
        module = std::exchange(loaded_, nullptr);
    }
    auto error = end(module, !force);
    if (error.empty()) {
        fire_module_event(SWITCH_EVENT_MODULE_UNLOAD, name_);
    } else {
        const std::lock_guard guard{mutex_};
        loaded_ = module;
    }
    if (force) std::this_thread::sleep_for(std::chrono::seconds{1});
    return error;
}

// The order is the core's: refuse while in use, wait up to 10 s for each held interface, shutdown, dlclose.
std::string Modules::end(const std::shared_ptr<Loaded>& ended, bool fail_if_busy) {
    auto& module = *ended;
    auto& lock = *module.interface->rwlock;
    if (fail_if_busy && !lock.try_lock()) {
        log(SWITCH_LOG_WARNING, "Module " + name_ + " is in use, cannot unload.");
        return "Module in use.";
    }
    wait_until_free(module.interface->application_interface);
    wait_until_free(module.interface->api_interface);
    wait_until_free(module.interface->file_interface);
    wait_until_free(module.interface->asr_interface);
    const auto status = module.functions->shutdown == nullptr ? SWITCH_STATUS_SUCCESS : module.functions->shutdown();
    if (fail_if_busy) lock.unlock();
    if (status == SWITCH_STATUS_NOUNLOAD) {
        log(SWITCH_LOG_WARNING, name_ + " stays mapped");
        const std::lock_guard guard{mutex_};
        kept_mapped_.push_back(ended);
        return {};
    }
    dlclose(module.library);
    return {};
}

void Modules::shut_down() {
    std::shared_ptr<Loaded> module;
    {
        const std::lock_guard guard{mutex_};
        module = std::exchange(loaded_, nullptr);
    }
    if (module != nullptr) static_cast<void>(end(module, false));
}

template <class Interface>
Interface* Modules::protect(Interface* switch_loadable_module_interface::*first, std::string_view name) {
    const std::lock_guard guard{mutex_};
    if (loaded_ == nullptr) return nullptr;
    for (auto* at = loaded_->interface->*first; at != nullptr; at = at->next) {
        if (!same(at->interface_name, name)) continue;
        PROTECT_INTERFACE(at)
        return at;
    }
    return nullptr;
}

switch_asr_interface_t* Modules::protect_asr(std::string_view name) {
    return protect(&switch_loadable_module_interface::asr_interface, name);
}
switch_api_interface_t* Modules::protect_api(std::string_view name) {
    return protect(&switch_loadable_module_interface::api_interface, name);
}
switch_application_interface_t* Modules::protect_application(std::string_view name) {
    return protect(&switch_loadable_module_interface::application_interface, name);
}

switch_file_interface_t* Modules::protect_file(std::string_view scheme) {
    const std::lock_guard guard{mutex_};
    if (loaded_ == nullptr) return nullptr;
    for (auto* at = loaded_->interface->file_interface; at != nullptr; at = at->next) {
        for (char** extension = at->extens; *extension != nullptr; ++extension) {
            if (scheme != *extension) continue;
            PROTECT_INTERFACE(at)
            return at;
        }
    }
    return nullptr;
}

Modules& modules() {
    static Modules all;
    return all;
}

}  // namespace miniswitch

extern "C" {

switch_loadable_module_interface_t* switch_loadable_module_create_module_interface(switch_memory_pool_t* pool,
                                                                                   const char* name) {
    auto* module =
        static_cast<switch_loadable_module_interface_t*>(pool->allocate(sizeof(switch_loadable_module_interface_t)));
    module->module_name = pool->duplicate(name);
    module->pool = pool;
    module->rwlock = &miniswitch::new_locks().rwlock;
    return module;
}

void* switch_loadable_module_create_interface(switch_loadable_module_interface_t* module,
                                              switch_module_interface_name_t kind) {
    switch (kind) {
        case SWITCH_APPLICATION_INTERFACE: return miniswitch::add_interface(*module, module->application_interface);
        case SWITCH_API_INTERFACE: return miniswitch::add_interface(*module, module->api_interface);
        case SWITCH_FILE_INTERFACE: return miniswitch::add_interface(*module, module->file_interface);
        case SWITCH_ASR_INTERFACE: return miniswitch::add_interface(*module, module->asr_interface);
    }
    miniswitch::fatal("miniswitch has no interface of kind " + std::to_string(kind));
}

switch_status_t switch_thread_rwlock_rdlock(switch_thread_rwlock_t* lock) {
    lock->lock_shared();
    return SWITCH_STATUS_SUCCESS;
}
switch_status_t switch_thread_rwlock_unlock(switch_thread_rwlock_t* lock) {
    lock->unlock();
    return SWITCH_STATUS_SUCCESS;
}
switch_status_t switch_mutex_lock(switch_mutex_t* lock) {
    lock->lock();
    return SWITCH_STATUS_SUCCESS;
}
switch_status_t switch_mutex_unlock(switch_mutex_t* lock) {
    lock->unlock();
    return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
