#include "log.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "text.hpp"

namespace miniswitch {
namespace {
std::atomic<int> level_limit{SWITCH_LOG_NOTICE};
std::mutex write_mutex;
constexpr std::array<const char*, 8> names{"CONSOLE", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"};
}  // namespace

void set_log_level(switch_log_level_t level) { level_limit = level; }
switch_log_level_t log_level() { return static_cast<switch_log_level_t>(level_limit.load()); }

void log(switch_log_level_t level, std::string_view text) {
    if (level > level_limit) return;
    while (text.ends_with('\n')) text.remove_suffix(1);
    const std::lock_guard guard{write_mutex};
    std::fprintf(stderr, "%s [%s] %.*s\n", local_time().c_str(), names[static_cast<std::size_t>(level) % names.size()],
                 static_cast<int>(text.size()), text.data());
}

void fatal(std::string_view text) {
    log(SWITCH_LOG_CONSOLE, text);
    std::abort();
}

}  // namespace miniswitch

extern "C" void switch_log_printf(switch_text_channel_t, const char*, const char*, int, const char*,
                                  switch_log_level_t level, const char* format, ...) {
    if (level > miniswitch::log_level()) return;
    va_list arguments;
    va_start(arguments, format);
    miniswitch::log(level, miniswitch::print(format, arguments));
    va_end(arguments);
}
