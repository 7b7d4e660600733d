#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "integration/cli_process.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

/// What the tests of the command line share.
namespace asr_stream::test {

/// A WAV file (16 bits, mono, 8 kHz) of so many milliseconds.
[[nodiscard]] inline std::string wav(std::size_t milliseconds) {
    const auto number = [](std::uint32_t value, int bytes) {
        std::string text;
        for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFFU);
        return text;
    };
    const auto data_bytes = static_cast<std::uint32_t>(milliseconds * 16);
    std::string file = "RIFF" + number(36 + data_bytes, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2) +
                       number(8000, 4) + number(16000, 4) + number(2, 2) + number(16, 2) + "data" +
                       number(data_bytes, 4);
    for (std::uint32_t i = 0; i < data_bytes / 2; ++i) file += number((i * 37) & 0x3FFU, 2);
    return file;
}

inline constexpr std::string_view end_of_session = R"({"type":"end"})";

[[nodiscard]] inline std::string final_result(std::string_view text) {
    return R"({"type":"final","text":")" + std::string{text} + R"(","start_ms":10,"end_ms":90})";
}

/// Reads until the client says stop (dialect json); false when it is gone before.
inline bool hear_all(Session& session) {
    while (const auto message = session.read()) {
        if (message->payload.find(R"("type":"stop")") != std::string::npos) return true;
    }
    return false;
}

/// A service of dialect json that hears everything and then answers with one message and the end.
[[nodiscard]] inline Script answer_with(std::string message) {
    return [message = std::move(message)](Session& session) {
        if (!session.accept() || !hear_all(session)) return;
        session.send_text(message);
        session.send_text(end_of_session);
        while (session.read()) {
        }
    };
}

/// The one line that `text` is expected to be.
inline void expect_one_line(const std::string& text) {
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_TRUE(text.starts_with("asr-stream: ")) << text;
}

class CliTest : public testing::Test {
  protected:
    [[nodiscard]] std::string short_wav() const { return dir_.write("short.wav", wav(100)); }
    TempDir dir_;
};

}  // namespace asr_stream::test
