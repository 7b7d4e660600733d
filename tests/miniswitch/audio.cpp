#include "audio.hpp"

#include <sndfile.h>
#include <speex/speex_resampler.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "base.hpp"

namespace miniswitch {
namespace {

std::chrono::nanoseconds frame_time{20'000'000};

std::shared_ptr<Audio> read(const std::filesystem::path& path) {
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file{sf_open(path.c_str(), SFM_READ, &info), &sf_close};
    if (file == nullptr) {
        log(SWITCH_LOG_ERROR, "Can't open '" + path.string() + "': " + sf_strerror(nullptr));
        return nullptr;
    }
    const auto channels = static_cast<std::size_t>(info.channels);
    std::vector<std::int16_t> interleaved(static_cast<std::size_t>(info.frames) * channels);
    const auto frames = static_cast<std::size_t>(sf_readf_short(file.get(), interleaved.data(), info.frames));
    auto audio = std::make_shared<Audio>(Audio{static_cast<std::uint32_t>(info.samplerate), {}});
    for (std::size_t i = 0; i < frames; ++i) audio->samples.push_back(interleaved[i * channels]);
    return audio;
}

void resample(Audio& audio, std::uint32_t rate) {
    int error = 0;
    auto* resampler = speex_resampler_init(1, audio.rate, rate, SPEEX_RESAMPLER_QUALITY_DEFAULT, &error);
    if (resampler == nullptr) fatal(speex_resampler_strerror(error));
    speex_resampler_skip_zeros(resampler);
    auto in = static_cast<spx_uint32_t>(audio.samples.size());
    auto out = static_cast<spx_uint32_t>(audio.samples.size() * rate / audio.rate + 1);
    std::vector<std::int16_t> converted(out);
    speex_resampler_process_int(resampler, 0, audio.samples.data(), &in, converted.data(), &out);
    speex_resampler_destroy(resampler);
    converted.resize(out);
    audio = {rate, std::move(converted)};
}

}  // namespace

void set_speed(double speed) { frame_time = std::chrono::nanoseconds{static_cast<std::int64_t>(20e6 / speed)}; }

std::shared_ptr<const Audio> load_audio(const std::string& file, std::uint32_t rate) {
    static std::mutex mutex;
    static std::map<std::pair<std::string, std::uint32_t>, std::shared_ptr<const Audio>> known;
    const std::lock_guard guard{mutex};
    auto& audio = known[{file, rate}];
    if (audio != nullptr) return audio;
    const auto read_now = file == "silence" ? std::make_shared<Audio>(Audio{8000, {}})
                                            : read(std::filesystem::path{SWITCH_GLOBAL_dirs.sounds_dir} / file);
    if (read_now != nullptr && rate != 0 && read_now->rate != rate) resample(*read_now, rate);
    return audio = read_now;
}

std::span<const std::int16_t> Caller::next_frame() {
    constexpr int frames_to_catch_up = 10;
    due_ = std::max(due_ + frame_time, std::chrono::steady_clock::now() - frames_to_catch_up * frame_time);
    std::this_thread::sleep_until(due_);
    const auto size = frame_samples();
    const auto from = std::min(frames_++ * size, voice_->samples.size());
    const auto spoken = std::span{voice_->samples}.subspan(from, std::min(voice_->samples.size() - from, size));
    frame_.assign(spoken.begin(), spoken.end());
    frame_.resize(size);
    return frame_;
}

}  // namespace miniswitch
