#include "audio/voice_activity.hpp"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace asr_stream::audio {
namespace {

using Samples = std::vector<std::int16_t>;

constexpr std::uint32_t rate = 8000;
constexpr std::size_t ms = rate / 1000;

/// A prompt of Debian's asterisk-core-sounds-en-wav: a person's voice, 8 kHz mono.
Samples prompt(const std::string& name) {
    const std::string path = "/usr/share/asterisk/sounds/en_US_f_Allison/" + name + ".wav";
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file{sf_open(path.c_str(), SFM_READ, &info), sf_close};
    if (!file) {
        ADD_FAILURE() << path << ": " << sf_strerror(nullptr) << " (install asterisk-core-sounds-en-wav)";
        return {};
    }
    EXPECT_EQ(info.samplerate, static_cast<int>(rate));
    Samples samples(static_cast<std::size_t>(info.frames));
    EXPECT_EQ(sf_readf_short(file.get(), samples.data(), info.frames), info.frames);
    return samples;
}

/// White noise; `rms` 0 is digital silence.
Samples noise(std::size_t frames, double rms, std::uint32_t seed = 1) {
    std::mt19937 random{seed};
    Samples samples(frames);
    // The sum of twelve uniform values has the variance of one, on every platform alike.
    for (auto& sample : samples) {
        double sum = -6;
        for (int i = 0; i < 12; ++i) sum += static_cast<double>(random()) / 4294967296.0;
        sample = static_cast<std::int16_t>(sum * rms);
    }
    return samples;
}

/// A steady loud tone of 400 Hz.
Samples tone(std::size_t frames) {
    Samples samples(frames);
    for (std::size_t i = 0; i < frames; ++i) samples[i] = i % 20 < 10 ? 4000 : -4000;
    return samples;
}

Samples operator+(Samples left, const Samples& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// Feeds frames of 20 ms from `position` on and counts those after which speech is heard.
std::size_t feed(VoiceActivity& voice, const Samples& audio, Position position = 0) {
    std::size_t speech = 0;
    for (std::size_t at = 0; at < audio.size(); at += 160) {
        voice.feed(position + at, std::span{audio}.subspan(at, std::min<std::size_t>(160, audio.size() - at)));
        speech += voice.is_speech() ? 1U : 0U;
    }
    return speech;
}

TEST(VoiceActivity, HearsNothingAtFirst) {
    const VoiceActivity voice{rate, 1};
    EXPECT_FALSE(voice.is_speech());
    EXPECT_FALSE(voice.heard_speech_since(0));
    EXPECT_EQ(voice.last_silence_since(0), std::nullopt);
}

TEST(VoiceActivity, DigitalSilenceIsNotSpeech) {
    VoiceActivity voice{rate, 1};
    EXPECT_EQ(feed(voice, Samples(10'000 * ms)), 0u);
    EXPECT_FALSE(voice.heard_speech_since(0));
    EXPECT_EQ(voice.last_silence_since(0), 0u);
}

TEST(VoiceActivity, LineNoiseIsNotSpeech) {
    for (const double rms : {1.0, 10.0, 50.0, 200.0}) {
        VoiceActivity voice{rate, 1};
        EXPECT_EQ(feed(voice, noise(20'000 * ms, rms)), 0u) << "rms " << rms;
    }
}

TEST(VoiceActivity, LoudNoiseIsTakenForTheFloorAfterTwoSeconds) {
    VoiceActivity voice{rate, 1};
    feed(voice, noise(3000 * ms, 1000));
    EXPECT_FALSE(voice.is_speech());
    EXPECT_EQ(feed(voice, noise(20'000 * ms, 1000, 2), 3000 * ms), 0u);
}

TEST(VoiceActivity, HearsRecordedSpeech) {
    for (const char* name : {"activated", "vm-intro", "conf-adminmenu", "demo-congrats", "vm-goodbye"}) {
        const Samples audio = prompt(name);
        VoiceActivity voice{rate, 1};
        const std::size_t speech = feed(voice, audio);
        EXPECT_GT(speech, audio.size() / 160 / 2) << name;
        EXPECT_TRUE(voice.heard_speech_since(0)) << name;
    }
}

TEST(VoiceActivity, HearsSpeechOverLineNoise) {
    const Samples audio = prompt("vm-intro");
    const Samples hum = noise(audio.size(), 100);
    Samples mixed = noise(2000 * ms, 100, 2);
    for (std::size_t i = 0; i < audio.size(); ++i) mixed.push_back(static_cast<std::int16_t>(audio[i] + hum[i]));
    VoiceActivity voice{rate, 1};
    const std::size_t speech = feed(voice, mixed);
    EXPECT_GT(speech, audio.size() / 160 / 2);
    EXPECT_FALSE(VoiceActivity(voice).heard_speech_since(mixed.size()));
}

TEST(VoiceActivity, FindsTheSilenceBetweenTwoSentences) {
    const Samples first = prompt("activated");
    const Samples second = prompt("vm-goodbye");
    const std::size_t pause = first.size();
    VoiceActivity voice{rate, 1};
    const Samples audio = first + noise(800 * ms, 10) + second;
    feed(voice, audio);
    const auto silence = voice.last_silence_since(pause);
    ASSERT_TRUE(silence);
    // The recordings have silence of their own at both ends.
    EXPECT_GT(*silence, pause - 500 * ms);
    EXPECT_LT(*silence, pause + 100 * ms);
}

TEST(VoiceActivity, SilenceBeginsWhereTheSpeechEnded) {
    VoiceActivity voice{rate, 1};
    feed(voice, noise(500 * ms, 10) + tone(1000 * ms) + noise(290 * ms, 10));
    EXPECT_EQ(voice.last_silence_since(600 * ms), std::nullopt);  // too short yet
    EXPECT_EQ(voice.last_silence_since(400 * ms), 0u);            // before the speech
    feed(voice, noise(10 * ms, 10), 1790 * ms);
    EXPECT_EQ(voice.last_silence_since(600 * ms), 1500 * ms);
    EXPECT_EQ(voice.last_silence_since(1'000'000), 1500 * ms);  // it still lasts
    feed(voice, tone(500 * ms), 1800 * ms);
    EXPECT_EQ(voice.last_silence_since(0), 1500 * ms);
    EXPECT_EQ(voice.last_silence_since(1801 * ms), std::nullopt);
}

TEST(VoiceActivity, SpeechStartsAfterThreeLoudStepsAndHangsOverForTwenty) {
    VoiceActivity voice{rate, 1};
    feed(voice, Samples(500 * ms));
    Position at = 500 * ms;
    const auto step = [&](const Samples& audio) {
        voice.feed(at, audio);
        at += audio.size();
        return voice.is_speech();
    };
    EXPECT_FALSE(step(tone(10 * ms)));
    EXPECT_FALSE(step(tone(10 * ms)));
    EXPECT_TRUE(step(tone(10 * ms)));
    EXPECT_TRUE(step(Samples(190 * ms)));
    EXPECT_FALSE(step(Samples(10 * ms)));
    EXPECT_TRUE(voice.heard_speech_since(529 * ms));
    EXPECT_FALSE(voice.heard_speech_since(530 * ms));
}

TEST(VoiceActivity, AClickIsNoSpeechAndDoesNotEndTheSilence) {
    VoiceActivity voice{rate, 1};
    feed(voice, Samples(200 * ms) + tone(20 * ms) + Samples(200 * ms));
    EXPECT_FALSE(voice.heard_speech_since(0));
    EXPECT_EQ(voice.last_silence_since(300 * ms), 0u);
}

TEST(VoiceActivity, AGapEndsTheSilence) {
    VoiceActivity voice{rate, 1};
    feed(voice, Samples(200 * ms));
    feed(voice, Samples(200 * ms), 300 * ms);
    EXPECT_EQ(voice.last_silence_since(0), std::nullopt);
    feed(voice, Samples(100 * ms), 500 * ms);
    EXPECT_EQ(voice.last_silence_since(0), 300 * ms);
    voice.reset(1000 * ms);
    EXPECT_EQ(voice.last_silence_since(400 * ms), 300 * ms);  // it ended, and was long enough
    EXPECT_EQ(voice.last_silence_since(700 * ms), std::nullopt);
}

TEST(VoiceActivity, ANewBeginningForgetsWhatLiesAfterIt) {
    VoiceActivity voice{rate, 1};
    feed(voice, Samples(500 * ms) + tone(500 * ms), 1000 * ms);
    EXPECT_TRUE(voice.heard_speech_since(1500 * ms));
    voice.reset(0);
    EXPECT_FALSE(voice.is_speech());
    EXPECT_FALSE(voice.heard_speech_since(0));
    EXPECT_EQ(voice.last_silence_since(0), std::nullopt);
}

TEST(VoiceActivity, TheSizeOfTheFramesMakesNoDifference) {
    const Samples audio = prompt("demo-congrats");
    VoiceActivity whole{rate, 1};
    whole.feed(0, audio);
    VoiceActivity parts{rate, 1};
    for (std::size_t at = 0; at < audio.size(); at += 37)
        parts.feed(at, std::span{audio}.subspan(at, std::min<std::size_t>(37, audio.size() - at)));
    EXPECT_EQ(whole.is_speech(), parts.is_speech());
    for (Position from = 0; from < audio.size(); from += 100) {
        ASSERT_EQ(whole.last_silence_since(from), parts.last_silence_since(from)) << "from " << from;
        ASSERT_EQ(whole.heard_speech_since(from), parts.heard_speech_since(from)) << "from " << from;
    }
}

TEST(VoiceActivity, HearsASpeakerOnEitherChannel) {
    const Samples audio = prompt("activated");
    Samples stereo;
    for (const std::int16_t sample : audio) stereo = std::move(stereo) + Samples{0, sample};
    VoiceActivity voice{rate, 2};
    voice.feed(100, stereo);
    EXPECT_TRUE(voice.heard_speech_since(100));
    EXPECT_FALSE(voice.heard_speech_since(100 + audio.size()));
}

}  // namespace
}  // namespace asr_stream::audio
