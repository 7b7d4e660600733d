#include "recognizer/sphinx.hpp"

#include <sphinxbase/err.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

namespace asr_stream::recognizer::sphinx {
namespace {

thread_local std::string last_error;

/// Its messages begin with the source file and end with a newline; both are of no use to an operator.
std::string tidy(std::string text) {
    if (const auto place = text.find(": ", text.find("line ")); text.starts_with("ERROR") && place != std::string::npos)
        text.erase(0, place + 2);
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    return text;
}

extern "C" void keep_error(void* /*user_data*/, err_lvl_t level, const char* format, ...) {
    if (level < ERR_ERROR) return;
    std::array<char, 512> text{};
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text.data(), text.size(), format, arguments);
    va_end(arguments);
    last_error = tidy(text.data());
}

}  // namespace

void silence_logging() {
    static std::once_flag once;
    std::call_once(once, [] {
        err_set_logfp(nullptr);  // cmd_ln_init() writes its table here, past the callback
        err_set_callback(keep_error, nullptr);
    });
}

std::string take_last_error() {
    auto text = std::exchange(last_error, {});
    return text.empty() ? "no reason given" : text;
}

}  // namespace asr_stream::recognizer::sphinx
