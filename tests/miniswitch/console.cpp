#include "base.hpp"

// The console's tab completion. Nobody types into miniswitch: what the module registers is accepted and not used.
extern "C" {

switch_status_t switch_console_set_complete(const char*) { return SWITCH_STATUS_SUCCESS; }
switch_status_t switch_console_add_complete_func(const char*, switch_console_complete_callback_t) {
    return SWITCH_STATUS_SUCCESS;
}
switch_status_t switch_console_del_complete_func(const char*) { return SWITCH_STATUS_SUCCESS; }
void switch_console_push_match(switch_console_callback_match_t**, const char*) {
    miniswitch::fatal("miniswitch asks no completion function");
}

}  // extern "C"
