#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "dialect/json_read.hpp"
#include "dialect/json_write.hpp"
#include "recognizer/client_protocol.hpp"
#include "recognizer/task.hpp"

/// The server's side of vosk-server, `websocket/asr_server.py` of alphacep/vosk-server (c2e82f0), and the JSON that
/// libvosk writes, byte for byte: four spaces deeper for a list's entries, " : " after a key.
namespace asr_stream::recognizer {
namespace {

using dialect::append_json_string;
using dialect::JsonFields;
using dialect::Presence;

// The real server compares these bytes and takes no others.
constexpr std::string_view end_of_audio = R"({"eof" : 1})";
constexpr std::string_view reset = R"({"reset" : 1})";
constexpr std::string_view config_mark = "config";

void append_seconds(std::string& out, CallTime time) {
    std::array<char, 32> digits{};
    const double seconds = static_cast<double>(time.count()) / 1000;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), seconds, std::chars_format::fixed, 6).ptr;
    out.append(digits.data(), end);
}

void append_word(std::string& out, const Word& word, std::string_view indent) {
    std::array<char, 32> confidence{};
    const auto end = std::to_chars(confidence.data(), confidence.data() + confidence.size(),
                                   word.confidence.value_or(1.0), std::chars_format::fixed, 6)
                         .ptr;
    const std::string line = ",\n" + std::string{indent} + "  ";
    out += "{\n" + std::string{indent} + "  \"conf\" : ";
    out.append(confidence.data(), end);
    out += line + "\"end\" : ";
    append_seconds(out, word.end);
    out += line + "\"start\" : ";
    append_seconds(out, word.start);
    out += line + "\"word\" : ";
    append_json_string(out, word.text);
    out += "\n" + std::string{indent} + "}";
}

std::string partial_message(std::string_view text) {
    std::string out = "{\n  \"partial\" : ";
    append_json_string(out, text);
    out += "\n}";
    return out;
}

std::string final_message(const Transcript& transcript, bool show_words) {
    std::string out = "{\n";
    if (show_words && !transcript.words.empty()) {
        out += "  \"result\" : [";
        for (const auto& word : transcript.words) {
            if (&word != &transcript.words.front()) out += ", ";
            append_word(out, word, "    ");
        }
        out += "],\n";
    }
    out += "  \"text\" : ";
    append_json_string(out, transcript.text);
    out += "\n}";
    return out;
}

/// All that was said in one audio message, because it has one answer.
std::optional<Transcript> merge_finals(const std::vector<SpeechEvent>& events) {
    std::optional<Transcript> merged;
    for (const auto& event : events) {
        if (event.kind != SpeechEvent::Kind::final) continue;
        if (!merged) merged.emplace();
        const auto& transcript = event.transcript;
        if (!merged->text.empty() && !transcript.text.empty()) merged->text += ' ';
        merged->text += transcript.text;
        merged->words.insert(merged->words.end(), transcript.words.begin(), transcript.words.end());
    }
    return merged;
}

class VoskProtocol final : public ClientProtocol {
  public:
    [[nodiscard]] std::string_view name() const override { return "vosk"; }
    [[nodiscard]] bool bad_message_is_fatal() const override { return true; }
    [[nodiscard]] bool answers_every_message() const override { return true; }

    [[nodiscard]] Result<ClientMessage> read(Framing framing, std::string_view payload) override;
    void write(const Outcome& outcome, std::vector<std::string>& out) override;
    /// The real server has no message for it: it just closes.
    void write_error(const ClientError& /*error*/, std::vector<std::string>& /*out*/) override {}

  private:
    [[nodiscard]] Result<ClientMessage> read_config(std::string_view payload);

    bool show_words_ = true;
};

Result<ClientMessage> VoskProtocol::read(Framing framing, std::string_view payload) {
    if (framing == Framing::binary) {
        if (payload.size() % sizeof(std::int16_t) != 0)
            return fail(Errc::bad_message,
                        "audio of " + std::to_string(payload.size()) + " bytes: two a sample are wanted");
        ClientMessage message{.kind = ClientMessage::Kind::audio};
        message.samples.resize(payload.size() / sizeof(std::int16_t));
        if (!payload.empty()) std::memcpy(message.samples.data(), payload.data(), payload.size());
        return message;
    }
    if (payload == end_of_audio) return ClientMessage{.kind = ClientMessage::Kind::stop};
    if (payload == reset) return ClientMessage{.kind = ClientMessage::Kind::flush};
    if (payload.find(config_mark) != std::string_view::npos) return read_config(payload);
    return fail(Errc::bad_message, "text other than a config, {\"eof\" : 1} and {\"reset\" : 1}, byte for byte");
}

Result<ClientMessage> VoskProtocol::read_config(std::string_view payload) {
    dialect::JsonDocument document;
    const auto object = document.parse_object(payload);
    if (!object) return tl::unexpected{object.error()};
    JsonFields message{**object, "message"};
    const auto* found = message.object("config", Presence::required);
    if (found == nullptr) return tl::unexpected{message.result().error()};

    JsonFields config{*found, "config"};
    ClientMessage result{.kind = ClientMessage::Kind::start};
    result.start.sample_rate = static_cast<std::uint32_t>(config.number("sample_rate", 8000, 48000).value_or(8000));
    if (const auto* words = found->if_contains("words"))
        show_words_ = !words->is_null() && *words != 0 && *words != false;
    if (config.has("phrase_list")) {
        result.start.phrase_list.emplace();
        config.each_text("phrase_list", max_hints,
                         [&](std::string_view phrase) { result.start.phrase_list->emplace_back(phrase); });
    }
    if (!config.ok()) return tl::unexpected{config.result().error()};
    return result;
}

void VoskProtocol::write(const Outcome& outcome, std::vector<std::string>& out) {
    const auto finals = merge_finals(outcome.events);
    if (outcome.cause == ClientMessage::Kind::audio && !finals)
        out.push_back(partial_message(outcome.partial));
    else
        out.push_back(final_message(finals.value_or(Transcript{}), show_words_));
}

}  // namespace

std::unique_ptr<ClientProtocol> make_vosk_protocol() { return std::make_unique<VoskProtocol>(); }

}  // namespace asr_stream::recognizer
