#include "cli/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>

#include <algorithm>
#include <utility>

#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

constexpr std::size_t default_width = 80;

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

bool is_dumb() {
    const char* term = std::getenv("TERM");
    return term == nullptr || std::string_view{term} == "dumb" || *term == '\0';
}

}  // namespace

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            pollfd ready{fd, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

Terminal::Terminal(Streams streams)
    : streams_{streams},
      results_are_terminal_{::isatty(streams.results) == 1},
      live_{::isatty(streams.messages) == 1 && !is_dumb()},
      color_{live_ && !is_set("NO_COLOR")} {}

Terminal::~Terminal() { erase_live(); }

std::size_t Terminal::width() const {
    winsize size{};
    if (::ioctl(streams_.messages, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return default_width;
}

bool Terminal::write(std::string_view text) {
    if (broken_) return false;
    const bool shares_screen = results_are_terminal_ && !shown_.empty();
    std::vector<std::string> lines;
    if (shares_screen) {
        lines = shown_;
        erase_live();
    }
    broken_ = !write_all(streams_.results, text);
    if (shares_screen) show(std::move(lines));
    return !broken_;
}

void Terminal::note(std::string_view line) {
    std::vector<std::string> lines = shown_;
    erase_live();
    static_cast<void>(write_all(streams_.messages, std::string{line} + "\n"));
    show(std::move(lines));
}

void Terminal::show(std::vector<std::string> lines) {
    if (!live_ || lines == shown_) return;
    erase_live();
    shown_ = std::move(lines);
    draw_live();
}

std::string Terminal::dim(std::string_view text) const {
    return color_ ? "\x1b[2m" + std::string{text} + "\x1b[0m" : std::string{text};
}

void Terminal::erase_live() {
    if (shown_.empty()) return;
    const std::string up = shown_.size() > 1 ? "\x1b[" + std::to_string(shown_.size() - 1) + "A" : "";
    static_cast<void>(write_all(streams_.messages, "\r" + up + "\x1b[J"));
    shown_.clear();
}

void Terminal::draw_live() {
    const std::size_t columns = std::max<std::size_t>(width(), 2) - 1;  // the last column would wrap
    std::string text;
    for (std::size_t i = 0; i < shown_.size(); ++i) {
        if (i > 0) text += '\n';
        text += dim(keep_begin(shown_[i], columns));
    }
    static_cast<void>(write_all(streams_.messages, text));
}

}  // namespace asr_stream::cli
