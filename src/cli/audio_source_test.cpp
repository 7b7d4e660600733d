#include "cli/audio_source.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "cli/downmix.hpp"
#include "cli/file_descriptor.hpp"
#include "support/temp_dir.hpp"

namespace asr_stream::cli {
namespace {

/// A tone on the first channel, half as loud on each further one.
std::vector<std::int16_t> tone(std::size_t frames, int channels, int rate) {
    std::vector<std::int16_t> samples;
    for (std::size_t i = 0; i < frames; ++i) {
        for (int channel = 0; channel < channels; ++channel) {
            const double level = 8000.0 / (1 << channel);
            const double value = level * std::sin(2.0 * 3.14159265 * 440.0 * static_cast<double>(i) / rate);
            samples.push_back(static_cast<std::int16_t>(value));
        }
    }
    return samples;
}

void write_file(const std::string& path, int format, int rate, int channels, const std::vector<std::int16_t>& samples) {
    SF_INFO info{};
    info.format = format;
    info.samplerate = rate;
    info.channels = channels;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
    sf_write_short(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
}

class AudioFile : public testing::Test {
  protected:
    std::string file(std::string_view name) const { return dir_.file(name); }
    test::TempDir dir_;
};

TEST_F(AudioFile, ReadsWavExactly) {
    const auto samples = tone(1000, 1, 8000);
    write_file(file("a.wav"), SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, samples);
    const auto recording = load_recording(file("a.wav"), {});
    ASSERT_TRUE(recording) << recording.error().message();
    EXPECT_EQ(recording->sample_rate, 8000u);
    EXPECT_EQ(recording->samples, samples);
    EXPECT_EQ(recording->duration(), std::chrono::milliseconds{125});
}

TEST_F(AudioFile, ReadsFlacExactly) {
    const auto samples = tone(20'000, 1, 16'000);
    write_file(file("a.flac"), SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16'000, 1, samples);
    const auto recording = load_recording(file("a.flac"), {});
    ASSERT_TRUE(recording) << recording.error().message();
    EXPECT_EQ(recording->sample_rate, 16'000u);
    EXPECT_EQ(recording->samples, samples);
}

TEST_F(AudioFile, ScalesFloatingPointSamplesAndClipsThem) {
    const std::vector<float> samples{0.0F, 0.25F, -0.5F, 1.5F, -1.5F};
    SF_INFO info{};
    info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
    info.samplerate = 8000;
    info.channels = 1;
    SNDFILE* float_file = sf_open(file("a.wav").c_str(), SFM_WRITE, &info);
    ASSERT_NE(float_file, nullptr);
    sf_write_float(float_file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(float_file);
    const auto recording = load_recording(file("a.wav"), {});
    ASSERT_TRUE(recording);
    EXPECT_EQ(recording->samples, (std::vector<std::int16_t>{0, 8192, -16384, 32767, -32768}));
}

TEST_F(AudioFile, ReadsG711WithAndWithoutHeader) {
    const auto samples = tone(800, 1, 8000);
    write_file(file("a.wav"), SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 1, samples);
    write_file(file("b.ulaw"), SF_FORMAT_RAW | SF_FORMAT_ULAW, 8000, 1, samples);
    write_file(file("c.alaw"), SF_FORMAT_RAW | SF_FORMAT_ALAW, 8000, 1, samples);
    for (const char* name : {"a.wav", "b.ulaw", "c.alaw"}) {
        const auto recording = load_recording(file(name), {});
        ASSERT_TRUE(recording) << name;
        ASSERT_EQ(recording->samples.size(), samples.size()) << name;
        for (std::size_t i = 0; i < samples.size(); ++i)
            ASSERT_NEAR(recording->samples[i], samples[i], 300) << name << i;
    }
}

TEST_F(AudioFile, TakesTheRateOfRawAudioFromNameOrOption) {
    const auto samples = tone(100, 1, 8000);
    write_file(file("a.raw"), SF_FORMAT_RAW | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE, 8000, 1, samples);
    std::filesystem::copy(file("a.raw"), file("a.sln16"));
    std::filesystem::copy(file("a.raw"), file("noname"));
    EXPECT_EQ(load_recording(file("a.raw"), {.raw_rate = 11'025})->sample_rate, 11'025u);
    EXPECT_EQ(load_recording(file("a.sln16"), {.raw_rate = 11'025})->sample_rate, 16'000u);
    const auto forced = load_recording(file("noname"), {.raw = RawEncoding::l16});
    ASSERT_TRUE(forced);
    EXPECT_EQ(forced->samples, samples);
}

TEST_F(AudioFile, MixesChannelsOrTakesOne) {
    write_file(file("a.wav"), SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 2, {100, 300, -100, -301, 7, 8});
    EXPECT_EQ(load_recording(file("a.wav"), {})->samples, (std::vector<std::int16_t>{200, -200, 7}));
    EXPECT_EQ(load_recording(file("a.wav"), {.channel = 0})->samples, (std::vector<std::int16_t>{100, -100, 7}));
    EXPECT_EQ(load_recording(file("a.wav"), {.channel = 1})->samples, (std::vector<std::int16_t>{300, -301, 8}));
    const auto third = load_recording(file("a.wav"), {.channel = 2});
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, Errc::invalid_setting);
    EXPECT_NE(third.error().context.find("2 channel(s)"), std::string::npos);
}

TEST_F(AudioFile, ReadsAPromptOfThisSystem) {
    const std::string prompt = "/usr/share/asterisk/sounds/en_US_f_Allison/vm-review.wav";
    if (!std::filesystem::exists(prompt)) GTEST_SKIP() << "asterisk-core-sounds-en-wav is not installed";
    const auto recording = load_recording(prompt, {});
    ASSERT_TRUE(recording);
    EXPECT_EQ(recording->sample_rate, 8000u);
    EXPECT_GT(recording->duration(), std::chrono::seconds{1});
}

TEST_F(AudioFile, NamesWhatIsWrongWithAFile) {
    dir_.write("text.wav", "this is no audio at all");
    dir_.write("empty.wav", "");
    write_file(file("silent.wav"), SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, {});
    const auto code = [&](const std::string& path) {
        const auto source = open_audio_file(path, {});
        return source ? std::error_code{} : source.error().code;
    };
    EXPECT_EQ(code(file("missing.wav")), Errc::file_not_found);
    EXPECT_EQ(code(file("text.wav")), Errc::not_audio);
    EXPECT_EQ(code(file("empty.wav")), Errc::empty_audio);
    EXPECT_EQ(code(file("silent.wav")), Errc::empty_audio);
    EXPECT_EQ(code(dir_.path().string()), Errc::file_unreadable);
    EXPECT_EQ(code("/dev/null"), Errc::file_unreadable);
}

TEST_F(AudioFile, ReadsWhatIsLeftOfATruncatedFile) {
    write_file(file("a.wav"), SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, tone(1000, 1, 8000));
    std::filesystem::resize_file(file("a.wav"), 44 + 501);
    const auto recording = load_recording(file("a.wav"), {});
    ASSERT_TRUE(recording) << recording.error().message();
    EXPECT_EQ(recording->samples.size(), 250u);
}

class AudioPipe : public testing::Test {
  protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reading_ = FileDescriptor{ends[0]};
        writing_ = FileDescriptor{ends[1]};
    }
    void write(std::string_view bytes) {
        ASSERT_EQ(::write(writing_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    FileDescriptor reading_;
    FileDescriptor writing_;
    std::array<std::int16_t, 8> out_{};
};

TEST_F(AudioPipe, GivesWhatHasArrivedAndWaitsForNothing) {
    const auto source = open_audio_pipe(reading_.get(), {});
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->read(out_)->samples, 0u);
    write(std::string_view{"\x01\x02\x03\x04\x05", 5});
    auto read = (*source)->read(out_);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->samples, 2u);
    EXPECT_FALSE(read->at_end);
    EXPECT_EQ(out_[0], 0x0201);
    EXPECT_EQ(out_[1], 0x0403);
    write(std::string_view{"\x06", 1});
    writing_.reset();
    read = (*source)->read(out_);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->samples, 1u);
    EXPECT_EQ(out_[0], 0x0605);
    EXPECT_TRUE(read->at_end);
}

TEST_F(AudioPipe, DecodesG711) {
    const auto source = open_audio_pipe(reading_.get(), {.raw = RawEncoding::ulaw});
    write(std::string_view{"\xFF\x00", 2});
    ASSERT_EQ((*source)->read(out_)->samples, 2u);
    EXPECT_EQ(out_[0], 0);
    EXPECT_LT(out_[1], -30'000);
}

TEST_F(AudioPipe, RefusesAHeaderAndNothingAtAll) {
    auto source = open_audio_pipe(reading_.get(), {});
    write("RIFF1234WAVE");
    auto read = (*source)->read(out_);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::not_audio);
    source = open_audio_pipe(reading_.get(), {});
    writing_.reset();
    read = (*source)->read(out_);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::empty_audio);
}

}  // namespace
}  // namespace asr_stream::cli
