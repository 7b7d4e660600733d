#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "locks.hpp"
#include "pool.hpp"
#include "switch.h"

namespace miniswitch {

/// The loadable modules: here the one of --module. Interfaces are handed out read-locked together with their module, so
/// that a module in use is not unloaded.
class Modules {
  public:
    /// The module's name is the file's without the folder, .so and _mini.
    void set_path(std::string path);

    /// Empty when done, otherwise what FreeSWITCH answers between [ ].
    [[nodiscard]] std::string load(std::string_view name);
    [[nodiscard]] std::string unload(std::string_view name, bool force);
    [[nodiscard]] bool is_loaded(std::string_view name) const;
    /// At the end: shutdown of the module without asking whether it is in use, then dlclose.
    void shut_down();
    [[nodiscard]] const std::string& name() const { return name_; }

    /// Null when there is none of that name; otherwise to be given back with UNPROTECT_INTERFACE.
    [[nodiscard]] switch_asr_interface_t* protect_asr(std::string_view name);
    [[nodiscard]] switch_file_interface_t* protect_file(std::string_view scheme);
    [[nodiscard]] switch_api_interface_t* protect_api(std::string_view name);
    [[nodiscard]] switch_application_interface_t* protect_application(std::string_view name);

  private:
    struct Loaded;
    [[nodiscard]] std::string end(const std::shared_ptr<Loaded>& module, bool fail_if_busy);
    template <class Interface>
    [[nodiscard]] Interface* protect(Interface* switch_loadable_module_interface::*first, std::string_view name);

    std::string path_;
    std::string name_;
    mutable std::mutex mutex_;
    std::shared_ptr<Loaded> loaded_;
    std::vector<std::shared_ptr<Loaded>> kept_mapped_;  // those whose shutdown returned SWITCH_STATUS_NOUNLOAD
};

[[nodiscard]] Modules& modules();

}  // namespace miniswitch
