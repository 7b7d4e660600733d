#pragma once

#include "freeswitch/switch_api.hpp"

/// Each fills in one kind of interface while the module is being loaded.
namespace asr_stream::freeswitch {

inline constexpr const char* module_name = "asr_stream";

void register_asr_interface(switch_loadable_module_interface_t* module);
void register_file_interface(switch_loadable_module_interface_t* module);
void register_api_interfaces(switch_loadable_module_interface_t* module);
void register_application_interface(switch_loadable_module_interface_t* module);

}  // namespace asr_stream::freeswitch
