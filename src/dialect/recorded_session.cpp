#include "dialect/recorded_session.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <deque>
#include <fstream>
#include <numeric>
#include <sstream>

namespace asr_stream::dialect {
namespace {

std::string_view name_of(RecognitionKind kind) {
    switch (kind) {
        case RecognitionKind::ready: return "ready";
        case RecognitionKind::partial: return "partial";
        case RecognitionKind::final: return "final";
        case RecognitionKind::begin_speaking: return "begin_speaking";
        case RecognitionKind::end_speaking: return "end_speaking";
        case RecognitionKind::error: return "error";
        case RecognitionKind::audio: return "audio";
        case RecognitionKind::mark: return "mark";
        case RecognitionKind::clear: return "clear";
        case RecognitionKind::end: return "end";
    }
    return "unknown";
}

std::string hex_of(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::string bytes_of(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned value = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
        bytes += static_cast<char>(value);
    }
    return bytes;
}

std::string line_of(const Message& message) {
    return message.framing == Framing::text ? "->T " + message.payload : "->B " + hex_of(message.payload);
}

void describe_transcript(std::ostream& out, const Transcript& transcript) {
    out << " \"" << transcript.text << '"';
    if (transcript.confidence) out << ' ' << *transcript.confidence;
    if (transcript.start) out << ' ' << transcript.start->count() << '-';
    if (transcript.end) out << transcript.end->count();
    for (const char* separator = " words: "; const Word& word : transcript.words) {
        out << separator << word.text << ' ' << word.start.count() << '-' << word.end.count();
        if (word.confidence) out << ' ' << *word.confidence;
        separator = ", ";
    }
    for (const char* separator = " alternatives: "; const Alternative& alternative : transcript.alternatives) {
        out << separator << alternative.text;
        if (alternative.confidence) out << ' ' << *alternative.confidence;
        separator = ", ";
    }
}

class Player {
  public:
    Player(Session& session, const SessionConfig& config) : session_{session}, config_{config} {}

    void play(std::string_view line) {
        if (line.empty() || line.starts_with('#')) return;
        const std::string_view verb = line.substr(0, line.find(' '));
        const std::string_view rest = verb.size() == line.size() ? "" : line.substr(verb.size() + 1);
        if (verb == "->T" || verb == "->B") return expect_next(sent_, line);
        if (verb == "=" || verb == "!") return expect_next(understood_, line);
        expect_nothing_left();
        if (verb == "<-T") return receive(Framing::text, std::string{rest});
        if (verb == "<-B") return receive(Framing::binary, bytes_of(rest));
        act(verb, rest);
    }

    void expect_nothing_left() {
        EXPECT_TRUE(sent_.empty()) << "sent, but not in the recording: " << sent_.front();
        EXPECT_TRUE(understood_.empty()) << "understood, but not in the recording: " << understood_.front();
        sent_.clear();
        understood_.clear();
    }

  private:
    void act(std::string_view verb, std::string_view rest) {
        if (verb == "open") return send_all(session_.opening_messages());
        if (verb == "stop") return send_all(session_.final_messages());
        if (verb == "audio") return send_audio(rest);
        if (verb == "text") return send(session_.text_message(rest));
        if (verb == "dtmf") return send(session_.dtmf_message(rest.front()));
        if (verb == "mark") return send_mark(rest);
        ADD_FAILURE() << "no such verb";
    }

    void send_all(const std::vector<Message>& messages) {
        for (const Message& message : messages) sent_.push_back(line_of(message));
    }
    void send(const Result<Message>& message) {
        if (message)
            sent_.push_back(line_of(*message));
        else
            understood_.push_back("! " + message.error().message());
    }

    void send_audio(std::string_view count_text) {
        std::size_t count = 0;
        std::from_chars(count_text.data(), count_text.data() + count_text.size(), count);
        std::vector<std::int16_t> samples(count);
        std::iota(samples.begin(), samples.end(), static_cast<std::int16_t>(samples_sent_ + 1));
        const CallTime start = config_.resume + milliseconds{samples_sent_ * 1000 / config_.sample_rate};
        Message message{session_.traits().audio_framing, std::string(session_.max_encoded_bytes(count), '\0')};
        const AudioChunk chunk{.samples = samples, .sequence = ++chunks_sent_, .start = start};
        message.payload.resize(session_.encode(chunk, message.payload));
        samples_sent_ += count;
        sent_.push_back(line_of(message));
    }

    void send_mark(std::string_view rest) {
        const std::size_t space = rest.find(' ');
        send(session_.mark_message(rest.substr(space + 1),
                                   rest.substr(0, space) == "played" ? MarkState::played : MarkState::cleared));
    }

    void receive(Framing framing, const std::string& payload) {
        std::vector<RecognitionEvent> events;
        const Result<> result = session_.decode(framing, payload, events);
        for (const RecognitionEvent& event : events) understood_.push_back("= " + describe(event));
        if (!result) understood_.push_back("! " + result.error().context);
    }

    static void expect_next(std::deque<std::string>& queue, std::string_view line) {
        if (queue.empty()) {
            ADD_FAILURE() << "nothing came where the recording has: " << line;
            return;
        }
        EXPECT_EQ(queue.front(), line);
        queue.pop_front();
    }

    Session& session_;
    const SessionConfig& config_;
    std::deque<std::string> sent_;
    std::deque<std::string> understood_;
    std::uint64_t samples_sent_ = 0;
    std::uint64_t chunks_sent_ = 0;
};

}  // namespace

std::string describe(const RecognitionEvent& event) {
    std::ostringstream out;
    out << name_of(event.kind);
    if (event.kind == RecognitionKind::partial || event.kind == RecognitionKind::final)
        describe_transcript(out, event.transcript);
    if (event.sample_rate != 0) {
        out << ' ' << event.sample_rate << " Hz:";
        for (const auto sample : event.samples) out << ' ' << sample;
    }
    if (!event.mark.empty()) out << " \"" << event.mark << '"';
    if (event.error) out << ' ' << event.error->message();
    if (event.fatal) out << " (fatal)";
    return out.str();
}

void play_recorded_session(Session& session, const std::string& path, const SessionConfig& config) {
    std::ifstream file{path};
    ASSERT_TRUE(file.is_open()) << path;
    Player player{session, config};
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        const testing::ScopedTrace trace{path.c_str(), static_cast<int>(++number), line};
        player.play(line);
    }
    player.expect_nothing_left();
    EXPECT_GT(number, 0U) << path << " is empty";
}

}  // namespace asr_stream::dialect
