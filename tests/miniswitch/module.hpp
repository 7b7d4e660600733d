#pragma once

#include <memory>
#include <mutex>

#include "base.hpp"

namespace miniswitch {

/// The loadable modules: here the one of --module. Interfaces are handed out read-locked together with their module, so
/// that a module in use is not unloaded.
class Modules {
  public:
    /// The module's name is the file's without folder and .so.
    void set_path(const std::string& path);
    [[nodiscard]] const std::string& name() const { return name_; }

    /// Empty when done, otherwise what FreeSWITCH answers between [ ].
    [[nodiscard]] std::string load(std::string_view name);
    [[nodiscard]] std::string unload(std::string_view name, bool force);

    /// The interface of that name, to be given back with UNPROTECT_INTERFACE; null when there is none.
    template <class Interface>
    [[nodiscard]] Interface* protect(Interface* switch_loadable_module_interface::*first, std::string_view name) {
        const std::lock_guard guard{mutex_};
        auto* at = interface() == nullptr ? nullptr : interface()->*first;
        while (at != nullptr && !same(at->interface_name, name)) at = at->next;
        PROTECT_INTERFACE(at)
        return at;
    }

  private:
    struct Loaded;
    [[nodiscard]] switch_loadable_module_interface_t* interface() const;
    [[nodiscard]] std::string end(const std::shared_ptr<Loaded>& module, bool force);

    std::string path_;
    std::string name_;
    std::mutex changing_;  // held while a module is being loaded or unloaded
    std::mutex mutex_;     // of what follows
    std::shared_ptr<Loaded> loaded_;
    std::vector<std::shared_ptr<Loaded>> kept_mapped_;  // those whose shutdown returned SWITCH_STATUS_NOUNLOAD
};

[[nodiscard]] Modules& modules();

}  // namespace miniswitch
