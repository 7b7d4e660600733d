#pragma once

// The part of the FreeSWITCH 1.10 C interface that mod_asr_stream uses, for builds without FreeSWITCH: ../contract.def
// turned into declarations, and the macros around them. Struct layouts are not the real ones, so a module built with
// this file runs on miniswitch only.

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SWITCH_DECLARE(type) __attribute__((visibility("default"))) type
#define SWITCH_BEGIN_EXTERN_C extern "C" {
#define SWITCH_END_EXTERN_C }
#define __SWITCH_FUNC__ (const char*)__func__
#define SWITCH_API_VERSION 5
#define SWITCH_RECOMMENDED_BUFFER_SIZE 8192

SWITCH_BEGIN_EXTERN_C
// clang-format off
typedef size_t switch_size_t;
typedef uint32_t switch_asr_flag_t, switch_media_bug_flag_t, switch_module_flag_t;
#define STRUCT_OF(name) typedef struct name name##_t;
STRUCT_OF(switch_core_session) STRUCT_OF(switch_channel) STRUCT_OF(switch_media_bug)
STRUCT_OF(switch_loadable_module_interface) STRUCT_OF(switch_loadable_module_function_table)
STRUCT_OF(switch_event) STRUCT_OF(switch_event_header) STRUCT_OF(switch_frame) STRUCT_OF(switch_asr_handle)
STRUCT_OF(switch_asr_interface) STRUCT_OF(switch_file_handle) STRUCT_OF(switch_file_interface)
STRUCT_OF(switch_stream_handle) STRUCT_OF(switch_api_interface) STRUCT_OF(switch_application_interface)
STRUCT_OF(switch_codec_implementation) STRUCT_OF(switch_console_callback_match)
STRUCT_OF(switch_console_callback_match_node)
#undef STRUCT_OF
typedef struct fspr_pool_t switch_memory_pool_t;
typedef struct fspr_thread_rwlock_t switch_thread_rwlock_t;
typedef struct switch_xml* switch_xml_t;

#define ENUM(name, values) typedef enum { values } name;
#define VALUE(name, value) name = value,
#define EVENT(name, value) SWITCH_EVENT_##name = value,
#define TYPE(name, ...)
#define STRUCT(name, fields)
#define FUNCTION(type, name, arguments)
#define VARIABLE(name, type)
#include "../contract.def"
#undef ENUM
#undef TYPE
#undef STRUCT
#undef FUNCTION
#undef VARIABLE

typedef struct { char digit; uint32_t duration; int32_t flags; switch_dtmf_source_t source; } switch_dtmf_t;
#define ENUM(name, values)
#define TYPE(name, ...) using name = __VA_ARGS__;
#define STRUCT(name, fields) struct name { fields };
#define FIELD(type, name) type name;
#define CALLBACK(type, name, arguments) type (*name) arguments;
#define INTERFACE(type) switch_thread_rwlock_t* rwlock; \
    switch_loadable_module_interface_t* parent; struct type* next;
#define FUNCTION(type, name, arguments) SWITCH_DECLARE(type) name arguments;
#define VARIABLE(name, type) SWITCH_DECLARE(extern type) name;
#include "../contract.def"
#undef ENUM
#undef TYPE
#undef VALUE
#undef EVENT
#undef STRUCT
#undef FIELD
#undef CALLBACK
#undef INTERFACE
#undef FUNCTION
#undef VARIABLE

#define SWITCH_MODULE_LOAD_FUNCTION(name) \
    switch_status_t name(switch_loadable_module_interface_t** module_interface, switch_memory_pool_t* pool)
#define SWITCH_MODULE_SHUTDOWN_FUNCTION(name) switch_status_t name(void)
#define SWITCH_MODULE_DEFINITION(name, load, shutdown, runtime) static const char modname[] = #name; \
    __attribute__((visibility("default"))) switch_loadable_module_function_table_t name##_module_interface = { \
        SWITCH_API_VERSION, load, shutdown, runtime, 0}
#define SWITCH_ADD_API(added, name, description, callback, words) { \
    added = (switch_api_interface_t*)switch_loadable_module_create_interface(*module_interface, SWITCH_API_INTERFACE); \
    added->interface_name = name; added->desc = description; added->function = callback; added->syntax = words; }
#define SWITCH_ADD_APP(added, name, brief, description, callback, words, app_flags) { \
    added = (switch_application_interface_t*)switch_loadable_module_create_interface(*module_interface, \
                                                                                     SWITCH_APPLICATION_INTERFACE); \
    added->interface_name = name; added->short_desc = brief; added->long_desc = description; \
    added->application_function = callback; added->syntax = words; added->flags = app_flags; }

// A held interface keeps itself and its module: both locks are read-locked until UNPROTECT_INTERFACE, by any thread.
// The interface's own lock is let go last, because it is what unload waits for. The core's counters are left out.
#define PROTECT_INTERFACE(held) if (held) { \
    switch_thread_rwlock_rdlock(held->parent->rwlock); switch_thread_rwlock_rdlock(held->rwlock); }
#define UNPROTECT_INTERFACE(held) if (held) { \
    switch_thread_rwlock_unlock(held->parent->rwlock); switch_thread_rwlock_unlock(held->rwlock); }

#define switch_set_flag(obj, flag) (obj)->flags |= (flag)
static inline int zstr(const char* s) { return s == NULL || *s == '\0'; }

#define MINISWITCH_HERE __FILE__, __SWITCH_FUNC__, __LINE__
#define SWITCH_CHANNEL_LOG SWITCH_CHANNEL_ID_LOG, MINISWITCH_HERE, NULL
#define SWITCH_CHANNEL_UUID_LOG(uuid) SWITCH_CHANNEL_ID_LOG, MINISWITCH_HERE, uuid
#define switch_core_alloc(pool, size) switch_core_perform_alloc(pool, size, MINISWITCH_HERE)
#define switch_event_create_subclass(event, id, name) \
    switch_event_create_subclass_detailed(MINISWITCH_HERE, event, id, name)
#define switch_event_create(event, id) switch_event_create_subclass(event, id, NULL)
#define switch_event_fire(event) switch_event_fire_detailed(MINISWITCH_HERE, event, NULL)
#define switch_event_reserve_subclass(name) switch_event_reserve_subclass_detailed(__FILE__, name)
#define switch_event_free_subclass(name) switch_event_free_subclass_detailed(__FILE__, name)
#define switch_core_session_locate(uuid) switch_core_session_perform_locate(uuid, MINISWITCH_HERE)
#define switch_core_session_force_locate(uuid) switch_core_session_perform_force_locate(uuid, MINISWITCH_HERE)
#define switch_channel_get_variable(channel, name) switch_channel_get_variable_dup(channel, name, SWITCH_TRUE, -1)
#define switch_channel_set_variable(channel, name, value) \
    switch_channel_set_variable_var_check(channel, name, value, SWITCH_TRUE)
#define switch_channel_media_ready(channel) switch_channel_test_ready(channel, SWITCH_TRUE, SWITCH_TRUE)
#define switch_channel_pre_answer(channel) switch_channel_perform_pre_answer(channel, MINISWITCH_HERE)
#define switch_channel_set_flag(channel, flag) switch_channel_set_flag_value(channel, flag, 1)
#define switch_channel_stop_broadcast(channel) if (switch_channel_test_flag(channel, CF_BROADCAST)) { \
    switch_channel_set_flag(channel, CF_STOP_BROADCAST); switch_channel_set_flag(channel, CF_BREAK); }
#define switch_xml_toxml(xml, header) switch_xml_toxml_ex(xml, header, SWITCH_TRUE)
// clang-format on
SWITCH_END_EXTERN_C
