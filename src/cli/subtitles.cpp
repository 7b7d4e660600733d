#include "cli/subtitles.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

#include "cli/text.hpp"

namespace asr_stream::cli {
namespace {

struct TimedWord {
    std::string text;
    CallTime start{};
    CallTime end{};
};

std::vector<std::string> split_at_spaces(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (c != ' ') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

/// The text's own words, since those of the list may lack its punctuation; times from the list when it matches.
std::vector<TimedWord> timed_words(const Transcript& transcript, CallTime start, CallTime end) {
    const std::vector<std::string> words = split_at_spaces(printable(transcript.text));
    const bool has_times = words.size() == transcript.words.size();
    std::size_t length = 0;
    for (const std::string& word : words) length += word.size() + 1;
    std::vector<TimedWord> timed;
    std::size_t before = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto at = [&](std::size_t position) {
            return start + (end - start) * static_cast<std::int64_t>(position) / static_cast<std::int64_t>(length);
        };
        const std::size_t after = before + words[i].size() + 1;
        timed.push_back(has_times ? TimedWord{words[i], transcript.words[i].start, transcript.words[i].end}
                                  : TimedWord{words[i], at(before), at(after)});
        before = after;
    }
    return timed;
}

/// Puts words into the cue's lines until neither line nor time is left.
class CueBuilder {
  public:
    [[nodiscard]] bool try_add(const TimedWord& word) {
        const std::size_t width = display_width(word.text);
        if (cue_.lines.empty()) {
            cue_ = Cue{word.start, word.end, {word.text}};
            columns_ = width;
            return true;
        }
        if (word.end - cue_.start > cue_longest) return false;
        if (columns_ + 1 + width <= cue_line_columns) {
            cue_.lines.back() += " " + word.text;
            columns_ += 1 + width;
        } else if (cue_.lines.size() == 1) {
            cue_.lines.push_back(word.text);
            columns_ = width;
        } else {
            return false;
        }
        cue_.end = std::max(cue_.end, word.end);
        return true;
    }
    [[nodiscard]] Cue take() { return std::exchange(cue_, {}); }

  private:
    Cue cue_;
    std::size_t columns_ = 0;
};

std::string time_text(CallTime time, char point) {
    const long long ms = std::max<long long>(time.count(), 0);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld%c%03lld", ms / 3'600'000, ms / 60'000 % 60,
                  ms / 1000 % 60, point, ms % 1000);
    return text.data();
}

/// WebVTT reads tags and entities; "-->" may not stand in a text.
std::string vtt_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace

std::vector<Cue> make_cues(const Transcript& transcript, CallTime start, CallTime end) {
    std::vector<Cue> cues;
    CueBuilder builder;
    for (const TimedWord& word : timed_words(transcript, start, std::max(start, end))) {
        if (builder.try_add(word)) continue;
        cues.push_back(builder.take());
        static_cast<void>(builder.try_add(word));
    }
    Cue last = builder.take();
    if (!last.lines.empty()) cues.push_back(std::move(last));
    return cues;
}

std::string srt_time(CallTime time) { return time_text(time, ','); }
std::string vtt_time(CallTime time) { return time_text(time, '.'); }

std::string srt_cue(std::size_t number, const Cue& cue) {
    std::string out = std::to_string(number) + "\n" + srt_time(cue.start) + " --> " + srt_time(cue.end) + "\n";
    for (const std::string& line : cue.lines) out += line + "\n";
    return out + "\n";
}

std::string vtt_cue(const Cue& cue) {
    std::string out = vtt_time(cue.start) + " --> " + vtt_time(cue.end) + "\n";
    for (const std::string& line : cue.lines) out += vtt_escaped(line) + "\n";
    return out + "\n";
}

}  // namespace asr_stream::cli
