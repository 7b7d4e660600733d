#pragma once

#include <asr_stream/event.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace asr_stream::cli {

enum class OutputFormat { text, jsonl, srt, vtt };
/// "txt", "jsonl", "srt", "vtt": also the extension of files.
[[nodiscard]] std::string_view extension_of(OutputFormat format) noexcept;

/// Turns the events of one recording into the text of its transcript, piece by piece as they come.
class TranscriptFormat {
  public:
    virtual ~TranscriptFormat() = default;
    [[nodiscard]] virtual std::string begin() { return {}; }
    /// `heard` is how much of the recording has been handed over: it stands in where the service gives no times.
    [[nodiscard]] virtual std::string event(const Event& event, CallTime heard) = 0;
};

/// `file` names the recording in JSON lines, and begins each line of text when `with_file` is set, because several
/// recordings share one output.
[[nodiscard]] std::unique_ptr<TranscriptFormat> make_format(OutputFormat format, std::string file, bool with_file);

}  // namespace asr_stream::cli
