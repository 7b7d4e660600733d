#pragma once

// The part of the FreeSWITCH 1.10 C interface that mod_asr_stream uses, declared for builds without FreeSWITCH.
// Names, types and values are those of the real headers (../contract.def is checked against both); struct layouts are
// not, so a module built with this file runs on miniswitch only.

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SWITCH_DECLARE(type) __attribute__((visibility("default"))) type
#define SWITCH_MOD_DECLARE_DATA __attribute__((visibility("default")))
#define PRINTF_FUNCTION(fmtstr, vars) __attribute__((format(printf, fmtstr, vars)))
#define SWITCH_BEGIN_EXTERN_C extern "C" {
#define SWITCH_END_EXTERN_C }
#define __SWITCH_FUNC__ (const char*)__func__

#define SWITCH_API_VERSION 5
#define SWITCH_THREAD_STACKSIZE (240 * 1024)
#define SWITCH_RECOMMENDED_BUFFER_SIZE 8192
#define SWITCH_UUID_FORMATTED_LENGTH 256
#define SWITCH_URL_SEPARATOR "://"
#define SWITCH_EVENT_SUBCLASS_ANY NULL
#define SWITCH_SPEECH_KEY "speech"

SWITCH_BEGIN_EXTERN_C

typedef size_t switch_size_t;
typedef uint8_t switch_byte_t;
typedef int64_t switch_time_t;

typedef struct switch_core_session switch_core_session_t;
typedef struct switch_channel switch_channel_t;
typedef struct switch_media_bug switch_media_bug_t;
typedef struct fspr_pool_t switch_memory_pool_t;
typedef struct fspr_thread_mutex_t switch_mutex_t;
typedef struct fspr_thread_rwlock_t switch_thread_rwlock_t;
typedef struct switch_loadable_module_interface switch_loadable_module_interface_t;
typedef struct switch_event switch_event_t;
typedef struct switch_event_header switch_event_header_t;
typedef struct switch_frame switch_frame_t;
typedef struct switch_asr_handle switch_asr_handle_t;
typedef struct switch_asr_interface switch_asr_interface_t;
typedef struct switch_file_handle switch_file_handle_t;
typedef struct switch_file_interface switch_file_interface_t;
typedef struct switch_stream_handle switch_stream_handle_t;
typedef struct switch_api_interface switch_api_interface_t;
typedef struct switch_application_interface switch_application_interface_t;
typedef struct switch_codec_implementation switch_codec_implementation_t;
typedef struct switch_xml* switch_xml_t;

typedef enum { SWITCH_FALSE = 0, SWITCH_TRUE = 1 } switch_bool_t;

typedef enum {
    SWITCH_STATUS_SUCCESS,
    SWITCH_STATUS_FALSE,
    SWITCH_STATUS_TIMEOUT,
    SWITCH_STATUS_RESTART,
    SWITCH_STATUS_INTR,
    SWITCH_STATUS_NOTIMPL,
    SWITCH_STATUS_MEMERR,
    SWITCH_STATUS_NOOP,
    SWITCH_STATUS_RESAMPLE,
    SWITCH_STATUS_GENERR,
    SWITCH_STATUS_INUSE,
    SWITCH_STATUS_BREAK,
    SWITCH_STATUS_SOCKERR,
    SWITCH_STATUS_MORE_DATA,
    SWITCH_STATUS_NOTFOUND,
    SWITCH_STATUS_UNLOAD,
    SWITCH_STATUS_NOUNLOAD,
    SWITCH_STATUS_IGNORE,
    SWITCH_STATUS_TOO_SMALL,
    SWITCH_STATUS_FOUND,
    SWITCH_STATUS_CONTINUE,
    SWITCH_STATUS_TERM,
    SWITCH_STATUS_NOT_INITALIZED,
    SWITCH_STATUS_TOO_LATE
} switch_status_t;

typedef enum {
    SWITCH_LOG_DEBUG = 7,
    SWITCH_LOG_INFO = 6,
    SWITCH_LOG_NOTICE = 5,
    SWITCH_LOG_WARNING = 4,
    SWITCH_LOG_ERROR = 3,
    SWITCH_LOG_CRIT = 2,
    SWITCH_LOG_ALERT = 1,
    SWITCH_LOG_CONSOLE = 0
} switch_log_level_t;

typedef enum {
    SWITCH_CHANNEL_ID_LOG,
    SWITCH_CHANNEL_ID_LOG_CLEAN,
    SWITCH_CHANNEL_ID_EVENT,
    SWITCH_CHANNEL_ID_SESSION
} switch_text_channel_t;

typedef enum {
    CS_NEW,
    CS_INIT,
    CS_ROUTING,
    CS_SOFT_EXECUTE,
    CS_EXECUTE,
    CS_EXCHANGE_MEDIA,
    CS_PARK,
    CS_CONSUME_MEDIA,
    CS_HIBERNATE,
    CS_RESET,
    CS_HANGUP,
    CS_REPORTING,
    CS_DESTROY,
    CS_NONE
} switch_channel_state_t;

typedef enum {
    CF_ANSWERED = 1,
    CF_OUTBOUND = 2,
    CF_EARLY_MEDIA = 3,
    CF_PROXY_MODE = 17,
    CF_BREAK = 23,
    CF_BROADCAST = 24,
    CF_STOP_BROADCAST = 31,
    CF_PROXY_MEDIA = 32,
    CF_FLAG_MAX = 172
} switch_channel_flag_t;

typedef enum {
    SMBF_READ_STREAM = (1 << 0),
    SMBF_WRITE_STREAM = (1 << 1),
    SMBF_STEREO = (1 << 5),
    SMBF_ANSWER_REQ = (1 << 6),
    SMBF_PRUNE = (1 << 9),
    SMBF_NO_PAUSE = (1 << 10),
    SMBF_STEREO_SWAP = (1 << 11),
    SMBF_ONE_ONLY = (1 << 15)
} switch_media_bug_flag_enum_t;
typedef uint32_t switch_media_bug_flag_t;

typedef enum {
    SWITCH_ABC_TYPE_INIT = 0,
    SWITCH_ABC_TYPE_READ = 1,
    SWITCH_ABC_TYPE_WRITE = 2,
    SWITCH_ABC_TYPE_CLOSE = 8
} switch_abc_type_t;

typedef enum {
    SWITCH_FILE_FLAG_READ = (1 << 0),
    SWITCH_FILE_FLAG_WRITE = (1 << 1),
    SWITCH_FILE_DATA_SHORT = (1 << 3),
    SWITCH_FILE_PAUSE = (1 << 8),
    SWITCH_FILE_SEEK = (1 << 10),
    SWITCH_FILE_OPEN = (1 << 11),
    SWITCH_FILE_DONE = (1 << 13),
    SWITCH_FILE_BREAK_ON_CHANGE = (1 << 18)
} switch_file_flag_enum_t;

typedef enum {
    SWITCH_ASR_FLAG_NONE = 0,
    SWITCH_ASR_FLAG_DATA = (1 << 0),
    SWITCH_ASR_FLAG_FREE_POOL = (1 << 1),
    SWITCH_ASR_FLAG_CLOSED = (1 << 2),
    SWITCH_ASR_FLAG_FIRE_EVENTS = (1 << 3),
    SWITCH_ASR_FLAG_AUTO_RESUME = (1 << 4)
} switch_asr_flag_enum_t;
typedef uint32_t switch_asr_flag_t;

typedef enum { SAF_NONE = 0, SAF_MEDIA_TAP = (1 << 2) } switch_application_flag_enum_t;

typedef enum {
    SWITCH_STACK_BOTTOM = (1 << 0),
    SWITCH_STACK_TOP = (1 << 1),
    SWITCH_STACK_UNSHIFT = (1 << 2),
    SWITCH_STACK_PUSH = (1 << 3)
} switch_stack_t;

typedef enum {
    SWITCH_APPLICATION_INTERFACE = 4,
    SWITCH_API_INTERFACE = 5,
    SWITCH_FILE_INTERFACE = 6,
    SWITCH_ASR_INTERFACE = 11
} switch_module_interface_name_t;

typedef enum {
    SWITCH_EVENT_CUSTOM = 0,
    SWITCH_EVENT_CHANNEL_CREATE = 2,
    SWITCH_EVENT_CHANNEL_DESTROY = 3,
    SWITCH_EVENT_CHANNEL_ANSWER = 6,
    SWITCH_EVENT_CHANNEL_HANGUP = 7,
    SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE = 8,
    SWITCH_EVENT_CHANNEL_EXECUTE = 9,
    SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE = 10,
    SWITCH_EVENT_CHANNEL_PARK = 18,
    SWITCH_EVENT_CHANNEL_UNPARK = 19,
    SWITCH_EVENT_SHUTDOWN = 28,
    SWITCH_EVENT_MODULE_LOAD = 34,
    SWITCH_EVENT_MODULE_UNLOAD = 35,
    SWITCH_EVENT_DTMF = 36,
    SWITCH_EVENT_BACKGROUND_JOB = 46,
    SWITCH_EVENT_DETECTED_SPEECH = 47,
    SWITCH_EVENT_RELOADXML = 56,
    SWITCH_EVENT_PLAYBACK_START = 77,
    SWITCH_EVENT_PLAYBACK_STOP = 78,
    SWITCH_EVENT_MEDIA_BUG_START = 82,
    SWITCH_EVENT_MEDIA_BUG_STOP = 83,
    SWITCH_EVENT_ALL = 92
} switch_event_types_t;

struct switch_event_header {
    char* name;
    char* value;
    struct switch_event_header* next;
};

struct switch_event {
    switch_event_types_t event_id;
    char* subclass_name;
    switch_event_header_t* headers;
    switch_event_header_t* last_header;
    char* body;
};

typedef enum {
    SWITCH_DTMF_UNKNOWN,
    SWITCH_DTMF_INBAND_AUDIO,
    SWITCH_DTMF_RTP,
    SWITCH_DTMF_ENDPOINT,
    SWITCH_DTMF_APP
} switch_dtmf_source_t;

typedef struct {
    char digit;
    uint32_t duration;
    int32_t flags;
    switch_dtmf_source_t source;
} switch_dtmf_t;

struct switch_codec_implementation {
    char* iananame;
    uint32_t samples_per_second;
    uint32_t actual_samples_per_second;
    int microseconds_per_packet;
    uint32_t samples_per_packet;
    uint32_t decoded_bytes_per_packet;
    uint8_t number_of_channels;
};

struct switch_frame {
    void* data;
    uint32_t datalen;
    uint32_t buflen;
    uint32_t samples;
    uint32_t rate;
    uint32_t channels;
    uint32_t flags;
};

struct switch_xml {
    char* name;
    char** attr;
    char* txt;
    switch_xml_t next;
    switch_xml_t child;
    switch_xml_t sibling;
    switch_xml_t parent;
};

struct switch_console_callback_match_node {
    char* val;
    struct switch_console_callback_match_node* next;
};
typedef struct switch_console_callback_match_node switch_console_callback_match_node_t;
struct switch_console_callback_match {
    struct switch_console_callback_match_node* head;
    struct switch_console_callback_match_node* end;
    int count;
};
typedef struct switch_console_callback_match switch_console_callback_match_t;

typedef switch_status_t (*switch_console_complete_callback_t)(const char*, const char*,
                                                              switch_console_callback_match_t** matches);
typedef switch_bool_t (*switch_media_bug_callback_t)(switch_media_bug_t*, void*, switch_abc_type_t);
typedef void (*switch_application_function_t)(switch_core_session_t*, const char*);
typedef switch_status_t (*switch_api_function_t)(const char* cmd, switch_core_session_t* session,
                                                 switch_stream_handle_t* stream);
typedef switch_status_t (*switch_stream_handle_write_function_t)(switch_stream_handle_t* handle, const char* fmt, ...);
typedef switch_status_t (*switch_stream_handle_raw_write_function_t)(switch_stream_handle_t* handle, uint8_t* data,
                                                                     switch_size_t datalen);

struct switch_stream_handle {
    switch_stream_handle_write_function_t write_function;
    switch_stream_handle_raw_write_function_t raw_write_function;
    void* data;
};

// What every interface of a module begins and ends with, for PROTECT_INTERFACE and for the list of its siblings.
#define MINISWITCH_INTERFACE_TAIL(type)         \
    switch_thread_rwlock_t* rwlock;             \
    int refs;                                   \
    switch_mutex_t* reflock;                    \
    switch_loadable_module_interface_t* parent; \
    struct type* next

struct switch_application_interface {
    const char* interface_name;
    switch_application_function_t application_function;
    const char* long_desc;
    const char* short_desc;
    const char* syntax;
    uint32_t flags;
    MINISWITCH_INTERFACE_TAIL(switch_application_interface);
};

struct switch_api_interface {
    const char* interface_name;
    const char* desc;
    switch_api_function_t function;
    const char* syntax;
    MINISWITCH_INTERFACE_TAIL(switch_api_interface);
};

struct switch_file_interface {
    const char* interface_name;
    switch_status_t (*file_open)(switch_file_handle_t*, const char* file_path);
    switch_status_t (*file_close)(switch_file_handle_t*);
    switch_status_t (*file_read)(switch_file_handle_t*, void* data, switch_size_t* len);
    char** extens;
    MINISWITCH_INTERFACE_TAIL(switch_file_interface);
};

struct switch_file_handle {
    switch_file_interface_t* file_interface;
    uint32_t flags;
    uint32_t samplerate;
    uint32_t native_rate;
    uint32_t channels;
    uint32_t real_channels;
    unsigned int format;
    unsigned int sections;
    int seekable;
    int64_t pos;
    int speed;
    switch_memory_pool_t* memory_pool;
    uint32_t interval;
    void* private_info;
    char* file_path;
    char* stream_name;
};

struct switch_asr_interface {
    const char* interface_name;
    switch_status_t (*asr_open)(switch_asr_handle_t* ah, const char* codec, int rate, const char* dest,
                                switch_asr_flag_t* flags);
    switch_status_t (*asr_load_grammar)(switch_asr_handle_t* ah, const char* grammar, const char* name);
    switch_status_t (*asr_unload_grammar)(switch_asr_handle_t* ah, const char* name);
    switch_status_t (*asr_close)(switch_asr_handle_t* ah, switch_asr_flag_t* flags);
    switch_status_t (*asr_feed)(switch_asr_handle_t* ah, void* data, unsigned int len, switch_asr_flag_t* flags);
    switch_status_t (*asr_resume)(switch_asr_handle_t* ah);
    switch_status_t (*asr_pause)(switch_asr_handle_t* ah);
    switch_status_t (*asr_check_results)(switch_asr_handle_t* ah, switch_asr_flag_t* flags);
    switch_status_t (*asr_get_results)(switch_asr_handle_t* ah, char** xmlstr, switch_asr_flag_t* flags);
    switch_status_t (*asr_get_result_headers)(switch_asr_handle_t* ah, switch_event_t** headers,
                                              switch_asr_flag_t* flags);
    switch_status_t (*asr_start_input_timers)(switch_asr_handle_t* ah);
    void (*asr_text_param)(switch_asr_handle_t* ah, char* param, const char* val);
    void (*asr_numeric_param)(switch_asr_handle_t* ah, char* param, int val);
    void (*asr_float_param)(switch_asr_handle_t* ah, char* param, double val);
    MINISWITCH_INTERFACE_TAIL(switch_asr_interface);
    switch_status_t (*asr_enable_grammar)(switch_asr_handle_t* ah, const char* name);
    switch_status_t (*asr_disable_grammar)(switch_asr_handle_t* ah, const char* name);
    switch_status_t (*asr_disable_all_grammars)(switch_asr_handle_t* ah);
    switch_status_t (*asr_feed_dtmf)(switch_asr_handle_t* ah, const switch_dtmf_t* dtmf, switch_asr_flag_t* flags);
};

struct switch_asr_handle {
    switch_asr_interface_t* asr_interface;
    uint32_t flags;
    char* name;
    char* codec;
    uint32_t rate;
    char* grammar;
    char* param;
    switch_memory_pool_t* memory_pool;
    uint32_t samplerate;
    uint32_t native_rate;
    void* private_info;
};

struct switch_loadable_module_interface {
    const char* module_name;
    switch_application_interface_t* application_interface;
    switch_api_interface_t* api_interface;
    switch_file_interface_t* file_interface;
    switch_asr_interface_t* asr_interface;
    switch_thread_rwlock_t* rwlock;
    int refs;
    switch_memory_pool_t* pool;
};

#define SWITCH_MODULE_LOAD_ARGS (switch_loadable_module_interface_t * *module_interface, switch_memory_pool_t * pool)
#define SWITCH_MODULE_RUNTIME_ARGS (void)
#define SWITCH_MODULE_SHUTDOWN_ARGS (void)
typedef switch_status_t(*switch_module_load_t) SWITCH_MODULE_LOAD_ARGS;
typedef switch_status_t(*switch_module_runtime_t) SWITCH_MODULE_RUNTIME_ARGS;
typedef switch_status_t(*switch_module_shutdown_t) SWITCH_MODULE_SHUTDOWN_ARGS;
#define SWITCH_MODULE_LOAD_FUNCTION(name) switch_status_t name SWITCH_MODULE_LOAD_ARGS
#define SWITCH_MODULE_RUNTIME_FUNCTION(name) switch_status_t name SWITCH_MODULE_RUNTIME_ARGS
#define SWITCH_MODULE_SHUTDOWN_FUNCTION(name) switch_status_t name SWITCH_MODULE_SHUTDOWN_ARGS
typedef uint32_t switch_module_flag_t;

typedef struct switch_loadable_module_function_table {
    int switch_api_version;
    switch_module_load_t load;
    switch_module_shutdown_t shutdown;
    switch_module_runtime_t runtime;
    switch_module_flag_t flags;
} switch_loadable_module_function_table_t;

#define SWITCH_MODULE_DEFINITION(name, load, shutdown, runtime)                                 \
    static const char modname[] = #name;                                                        \
    SWITCH_MOD_DECLARE_DATA switch_loadable_module_function_table_t name##_module_interface = { \
        SWITCH_API_VERSION, load, shutdown, runtime, 0}

#define SWITCH_STANDARD_API(name) \
    static switch_status_t name(const char* cmd, switch_core_session_t* session, switch_stream_handle_t* stream)
#define SWITCH_STANDARD_APP(name) static void name(switch_core_session_t* session, const char* data)

// clang-format off
#define SWITCH_ADD_API(api_int, int_name, descript, funcptr, syntax_string) { \
    api_int = (switch_api_interface_t*)switch_loadable_module_create_interface(*module_interface, SWITCH_API_INTERFACE); \
    api_int->interface_name = int_name; api_int->desc = descript; \
    api_int->function = funcptr; api_int->syntax = syntax_string; }
#define SWITCH_ADD_APP(app_int, int_name, short_descript, long_descript, funcptr, syntax_string, app_flags) { \
    app_int = (switch_application_interface_t*)switch_loadable_module_create_interface(*module_interface, \
                                                                                       SWITCH_APPLICATION_INTERFACE); \
    app_int->interface_name = int_name; app_int->application_function = funcptr; app_int->short_desc = short_descript; \
    app_int->long_desc = long_descript; app_int->syntax = syntax_string; app_int->flags = app_flags; }
// clang-format on

// A held interface keeps itself and its module: both locks are read-locked until UNPROTECT_INTERFACE, by any thread.
#define PROTECT_INTERFACE(held)                            \
    if (held) {                                            \
        switch_thread_rwlock_rdlock(held->parent->rwlock); \
        switch_thread_rwlock_rdlock(held->rwlock);         \
        switch_mutex_lock(held->reflock);                  \
        held->refs++;                                      \
        held->parent->refs++;                              \
        switch_mutex_unlock(held->reflock);                \
    }
#define UNPROTECT_INTERFACE(held)                          \
    if (held) {                                            \
        switch_mutex_lock(held->reflock);                  \
        held->refs--;                                      \
        held->parent->refs--;                              \
        switch_mutex_unlock(held->reflock);                \
        switch_thread_rwlock_unlock(held->rwlock);         \
        switch_thread_rwlock_unlock(held->parent->rwlock); \
    }

#define switch_test_flag(obj, flag) ((obj)->flags & (flag))
#define switch_set_flag(obj, flag) (obj)->flags |= (flag)
#define switch_clear_flag(obj, flag) (obj)->flags &= ~(flag)
#define switch_safe_free(it) \
    if (it) {                \
        free(it);            \
        it = NULL;           \
    }
#define switch_str_nil(s) (s ? s : "")

static inline int zstr(const char* s) { return (s == NULL || *s == '\0') ? 1 : 0; }
static inline switch_core_session_t* switch_core_session_type_check(switch_core_session_t* session) { return session; }

#define SWITCH_CHANNEL_LOG SWITCH_CHANNEL_ID_LOG, __FILE__, __SWITCH_FUNC__, __LINE__, NULL
#define SWITCH_CHANNEL_SESSION_LOG(x) \
    SWITCH_CHANNEL_ID_SESSION, __FILE__, __SWITCH_FUNC__, __LINE__, (const char*)switch_core_session_type_check(x)
#define SWITCH_CHANNEL_UUID_LOG(x) SWITCH_CHANNEL_ID_LOG, __FILE__, __SWITCH_FUNC__, __LINE__, x

// Functions. What the module does not use is not here.
#define switch_event_create_subclass(event, id, subclass) \
    switch_event_create_subclass_detailed(__FILE__, __SWITCH_FUNC__, __LINE__, event, id, subclass)
#define switch_event_create(event, id) switch_event_create_subclass(event, id, SWITCH_EVENT_SUBCLASS_ANY)
#define switch_event_fire(event) switch_event_fire_detailed(__FILE__, __SWITCH_FUNC__, __LINE__, event, NULL)
#define switch_event_get_header(event, name) switch_event_get_header_idx(event, name, -1)
#define switch_event_reserve_subclass(name) switch_event_reserve_subclass_detailed(__FILE__, name)
#define switch_event_free_subclass(name) switch_event_free_subclass_detailed(__FILE__, name)
#define switch_core_session_locate(uuid) switch_core_session_perform_locate(uuid, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_core_session_force_locate(uuid) \
    switch_core_session_perform_force_locate(uuid, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_core_alloc(pool, size) switch_core_perform_alloc(pool, size, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_core_strdup(pool, text) switch_core_perform_strdup(pool, text, __FILE__, __SWITCH_FUNC__, __LINE__)
#define switch_channel_get_variable(channel, name) switch_channel_get_variable_dup(channel, name, SWITCH_TRUE, -1)
#define switch_channel_set_variable(channel, name, value) \
    switch_channel_set_variable_var_check(channel, name, value, SWITCH_TRUE)
#define switch_channel_ready(channel) switch_channel_test_ready(channel, SWITCH_TRUE, SWITCH_FALSE)
#define switch_channel_media_ready(channel) switch_channel_test_ready(channel, SWITCH_TRUE, SWITCH_TRUE)
#define switch_channel_set_flag(channel, flag) switch_channel_set_flag_value(channel, flag, 1)
#define switch_channel_stop_broadcast(channel)                      \
    do {                                                            \
        if (switch_channel_test_flag(channel, CF_BROADCAST) != 0) { \
            switch_channel_set_flag(channel, CF_STOP_BROADCAST);    \
            switch_channel_set_flag(channel, CF_BREAK);             \
        }                                                           \
    } while (0)
#define switch_channel_down_nosig(channel) (switch_channel_get_state(channel) >= CS_HANGUP)

SWITCH_DECLARE(void)
switch_log_printf(switch_text_channel_t channel, const char* file, const char* func, int line, const char* userdata,
                  switch_log_level_t level, const char* fmt, ...) PRINTF_FUNCTION(7, 8);

SWITCH_DECLARE(switch_status_t) switch_mutex_lock(switch_mutex_t* lock);
SWITCH_DECLARE(switch_status_t) switch_mutex_unlock(switch_mutex_t* lock);
SWITCH_DECLARE(switch_status_t) switch_thread_rwlock_rdlock(switch_thread_rwlock_t* rwlock);
SWITCH_DECLARE(switch_status_t) switch_thread_rwlock_unlock(switch_thread_rwlock_t* rwlock);

SWITCH_DECLARE(void*)
switch_core_perform_alloc(switch_memory_pool_t* pool, switch_size_t memory, const char* file, const char* func,
                          int line);
SWITCH_DECLARE(char*)
switch_core_perform_strdup(switch_memory_pool_t* pool, const char* todup, const char* file, const char* func, int line);
SWITCH_DECLARE(void*) switch_core_memory_pool_get_data(switch_memory_pool_t* pool, const char* key);

SWITCH_DECLARE(switch_loadable_module_interface_t*)
switch_loadable_module_create_module_interface(switch_memory_pool_t* pool, const char* name);
SWITCH_DECLARE(void*)
switch_loadable_module_create_interface(switch_loadable_module_interface_t* mod, switch_module_interface_name_t iname);
SWITCH_DECLARE(switch_status_t) switch_console_set_complete(const char* string);
SWITCH_DECLARE(switch_status_t)
switch_console_add_complete_func(const char* name, switch_console_complete_callback_t cb);
SWITCH_DECLARE(void) switch_console_push_match(switch_console_callback_match_t** matches, const char* new_val);

SWITCH_DECLARE(switch_status_t) switch_event_reserve_subclass_detailed(const char* owner, const char* subclass_name);
SWITCH_DECLARE(switch_status_t) switch_event_free_subclass_detailed(const char* owner, const char* subclass_name);
SWITCH_DECLARE(switch_status_t)
switch_event_create_subclass_detailed(const char* file, const char* func, int line, switch_event_t** event,
                                      switch_event_types_t event_id, const char* subclass_name);
SWITCH_DECLARE(switch_status_t)
switch_event_add_header_string(switch_event_t* event, switch_stack_t stack, const char* header_name, const char* data);
SWITCH_DECLARE(switch_status_t) switch_event_set_body(switch_event_t* event, const char* body);
SWITCH_DECLARE(char*) switch_event_get_header_idx(switch_event_t* event, const char* header_name, int idx);
SWITCH_DECLARE(void) switch_event_destroy(switch_event_t** event);
SWITCH_DECLARE(switch_status_t)
switch_event_fire_detailed(const char* file, const char* func, int line, switch_event_t** event, void* user_data);

SWITCH_DECLARE(switch_xml_t) switch_xml_open_cfg(const char* file_path, switch_xml_t* node, switch_event_t* params);
SWITCH_DECLARE(switch_xml_t) switch_xml_child(switch_xml_t xml, const char* name);
SWITCH_DECLARE(const char*) switch_xml_attr(switch_xml_t xml, const char* attr);
SWITCH_DECLARE(void) switch_xml_free(switch_xml_t xml);
SWITCH_DECLARE(switch_status_t) switch_xml_reload(const char** err);

SWITCH_DECLARE(switch_core_session_t*)
switch_core_session_perform_locate(const char* uuid_str, const char* file, const char* func, int line);
SWITCH_DECLARE(switch_core_session_t*)
switch_core_session_perform_force_locate(const char* uuid_str, const char* file, const char* func, int line);
SWITCH_DECLARE(void) switch_core_session_rwunlock(switch_core_session_t* session);
SWITCH_DECLARE(switch_channel_t*) switch_core_session_get_channel(switch_core_session_t* session);
SWITCH_DECLARE(char*) switch_core_session_get_uuid(switch_core_session_t* session);
SWITCH_DECLARE(switch_status_t)
switch_core_session_get_read_impl(switch_core_session_t* session, switch_codec_implementation_t* impp);

SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_add(switch_core_session_t* session, const char* function, const char* target,
                          switch_media_bug_callback_t callback, void* user_data, time_t stop_time,
                          switch_media_bug_flag_t flags, switch_media_bug_t** new_bug);
SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_remove(switch_core_session_t* session, switch_media_bug_t** bug);
SWITCH_DECLARE(switch_status_t)
switch_core_media_bug_read(switch_media_bug_t* bug, switch_frame_t* frame, switch_bool_t fill);

SWITCH_DECLARE(const char*)
switch_channel_get_variable_dup(switch_channel_t* channel, const char* varname, switch_bool_t dup, int idx);
SWITCH_DECLARE(switch_status_t)
switch_channel_set_variable_var_check(switch_channel_t* channel, const char* varname, const char* value,
                                      switch_bool_t var_check);
SWITCH_DECLARE(switch_status_t)
switch_channel_set_private(switch_channel_t* channel, const char* key, const void* private_info);
SWITCH_DECLARE(void*) switch_channel_get_private(switch_channel_t* channel, const char* key);
SWITCH_DECLARE(uint32_t) switch_channel_test_flag(switch_channel_t* channel, switch_channel_flag_t flag);
SWITCH_DECLARE(void)
switch_channel_set_flag_value(switch_channel_t* channel, switch_channel_flag_t flag, uint32_t value);
SWITCH_DECLARE(int)
switch_channel_test_ready(switch_channel_t* channel, switch_bool_t check_ready, switch_bool_t check_media);
SWITCH_DECLARE(switch_channel_state_t) switch_channel_get_state(switch_channel_t* channel);
SWITCH_DECLARE(void) switch_channel_event_set_basic_data(switch_channel_t* channel, switch_event_t* event);
SWITCH_DECLARE(void) switch_channel_event_set_data(switch_channel_t* channel, switch_event_t* event);

SWITCH_DECLARE(switch_status_t) switch_ivr_get_file_handle(switch_core_session_t* session, switch_file_handle_t** fh);
SWITCH_DECLARE(switch_status_t)
switch_ivr_release_file_handle(switch_core_session_t* session, switch_file_handle_t** fh);

SWITCH_END_EXTERN_C
