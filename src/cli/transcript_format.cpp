#include "cli/transcript_format.hpp"

#include <utility>

#include "cli/subtitles.hpp"
#include "cli/text.hpp"
#include "engine/event_json.hpp"

namespace asr_stream::cli {
namespace {

class TextFormat final : public TranscriptFormat {
  public:
    explicit TextFormat(std::string prefix) : prefix_{std::move(prefix)} {}
    std::string event(const Event& event, CallTime /*heard*/) override {
        if (event.kind != EventKind::final || event.transcript.text.empty()) return {};
        return prefix_ + printable(event.transcript.text) + "\n";
    }

  private:
    std::string prefix_;
};

class JsonLinesFormat final : public TranscriptFormat {
  public:
    explicit JsonLinesFormat(std::string file) : file_{std::move(file)} {}
    std::string event(const Event& event, CallTime /*heard*/) override {
        dialect::JsonObject object;
        object.text("file", file_);
        engine::add_event(object, event);
        return object.str() + "\n";
    }

  private:
    std::string file_;
};

/// Cues of both kinds; their times never run backwards, whatever the service says.
class SubtitleFormat : public TranscriptFormat {
  public:
    std::string event(const Event& event, CallTime heard) override {
        if (event.kind != EventKind::final) return {};
        const CallTime end = std::max(event.transcript.end.value_or(heard), last_end_);
        const CallTime start = std::min(std::max(event.transcript.start.value_or(last_end_), last_end_), end);
        std::string out;
        for (Cue& cue : make_cues(event.transcript, start, end)) {
            cue.start = std::max(cue.start, last_end_);
            cue.end = std::max(cue.end, cue.start);
            last_end_ = cue.end;
            out += write(cue);
        }
        return out;
    }

  private:
    [[nodiscard]] virtual std::string write(const Cue& cue) = 0;
    CallTime last_end_{};
};

class SrtFormat final : public SubtitleFormat {
    std::string write(const Cue& cue) override { return srt_cue(++count_, cue); }
    std::size_t count_ = 0;
};

class VttFormat final : public SubtitleFormat {
  public:
    std::string begin() override { return "WEBVTT\n\n"; }

  private:
    std::string write(const Cue& cue) override { return vtt_cue(cue); }
};

}  // namespace

std::string_view extension_of(OutputFormat format) noexcept {
    switch (format) {
        case OutputFormat::text: return "txt";
        case OutputFormat::jsonl: return "jsonl";
        case OutputFormat::srt: return "srt";
        case OutputFormat::vtt: return "vtt";
    }
    return "txt";
}

std::unique_ptr<TranscriptFormat> make_format(OutputFormat format, std::string file, bool with_file) {
    switch (format) {
        case OutputFormat::text:
            return std::make_unique<TextFormat>(with_file ? printable(file) + "\t" : std::string{});
        case OutputFormat::jsonl: return std::make_unique<JsonLinesFormat>(std::move(file));
        case OutputFormat::srt: return std::make_unique<SrtFormat>();
        case OutputFormat::vtt: return std::make_unique<VttFormat>();
    }
    return nullptr;
}

}  // namespace asr_stream::cli
