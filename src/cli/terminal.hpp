#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace asr_stream::cli {

/// Standard output for results, standard error for what concerns the person in front of it. On a terminal a few lines
/// at the bottom are rewritten in place (progress, partial transcripts); nothing of it reaches a file or a pipe.
/// One thread.
class Terminal {
  public:
    struct Streams {
        int results = 1;
        int messages = 2;
    };
    Terminal() : Terminal{Streams{}} {}
    explicit Terminal(Streams streams);
    /// Takes the rewritten lines away.
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// True when lines on standard error can be rewritten.
    [[nodiscard]] bool is_live() const noexcept { return live_; }
    /// Colours are used on a terminal, unless NO_COLOR is set or TERM is "dumb" (https://no-color.org).
    [[nodiscard]] bool has_color() const noexcept { return color_; }
    [[nodiscard]] std::size_t width() const;

    /// Result text as it is, line ends included; may hold anything when standard output is no terminal. Returns false
    /// once writing has failed.
    bool write(std::string_view text);
    /// One line of printable text on standard error.
    void note(std::string_view line);
    /// Replaces the live lines; each is cut to the width. Does nothing unless is_live().
    void show(std::vector<std::string> lines);

    [[nodiscard]] bool results_are_terminal() const noexcept { return results_are_terminal_; }
    /// `text` dimmed, where colours are used.
    [[nodiscard]] std::string dim(std::string_view text) const;

  private:
    void erase_live();
    void draw_live();

    Streams streams_;
    bool results_are_terminal_ = false;
    bool live_ = false;
    bool color_ = false;
    bool broken_ = false;
    std::vector<std::string> shown_;
};

/// Writes all of it, however often the kernel takes only a part.
[[nodiscard]] bool write_all(int fd, std::string_view text);

}  // namespace asr_stream::cli
