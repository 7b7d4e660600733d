// Compiled, never run: what contract.def says holds for the switch.h that is found.
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wignored-attributes"  // printf's format is not part of a type
#include <switch.h>

#include <type_traits>

#define ENUM(name, values) values
#define VALUE(name, value) static_assert(name == (value), #name);
#define EVENT(name, value) static_assert(SWITCH_EVENT_##name == (value), #name);
#define TYPE(name, ...) static_assert(std::is_same_v<name, __VA_ARGS__>, #name);
#define STRUCT(name, fields)  \
    namespace of_##name {     \
        using Owner = ::name; \
        fields                \
    }
#define FIELD(type, name) static_assert(std::is_same_v<decltype(Owner::name), type>, #name);
#define CALLBACK(type, name, arguments) static_assert(std::is_same_v<decltype(Owner::name), type(*) arguments>, #name);
#define INTERFACE(type)                    \
    FIELD(switch_thread_rwlock_t*, rwlock) \
    FIELD(switch_loadable_module_interface_t*, parent) FIELD(struct type*, next)
#define FUNCTION(type, name, arguments) static_assert(std::is_same_v<decltype(name), type arguments>, #name);
#define VARIABLE(name, type) static_assert(std::is_same_v<decltype(name), type>, #name);
#include "contract.def"
static_assert(std::is_same_v<decltype(switch_dtmf_t::digit), char> &&
              std::is_same_v<decltype(switch_dtmf_t::duration), uint32_t>);
