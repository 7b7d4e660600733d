#include "audio.hpp"

#include <sndfile.h>
#include <speex/speex_resampler.h>

#include <map>
#include <mutex>

#include "log.hpp"

namespace miniswitch {
namespace {

std::shared_ptr<Audio> read(const std::string& path) {
    SF_INFO info{};
    auto* file = sf_open(path.c_str(), SFM_READ, &info);
    if (file == nullptr) {
        log(SWITCH_LOG_ERROR, "Can't open '" + path + "': " + sf_strerror(nullptr));
        return nullptr;
    }
    const auto channels = static_cast<std::size_t>(info.channels);
    std::vector<std::int16_t> interleaved(static_cast<std::size_t>(info.frames) * channels);
    const auto frames = static_cast<std::size_t>(sf_readf_short(file, interleaved.data(), info.frames));
    sf_close(file);
    auto audio = std::make_shared<Audio>();
    audio->rate = static_cast<std::uint32_t>(info.samplerate);
    audio->samples.resize(frames);
    for (std::size_t i = 0; i < frames; ++i) audio->samples[i] = interleaved[i * channels];
    return audio;
}

void resample(Audio& audio, std::uint32_t rate) {
    int error = 0;
    auto* resampler = speex_resampler_init(1, audio.rate, rate, SPEEX_RESAMPLER_QUALITY_DEFAULT, &error);
    if (resampler == nullptr) return;
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

std::shared_ptr<const Audio> load_audio(const std::string& path, std::uint32_t rate) {
    static std::mutex mutex;
    static std::map<std::pair<std::string, std::uint32_t>, std::shared_ptr<const Audio>> known;
    const std::lock_guard guard{mutex};
    if (const auto found = known.find({path, rate}); found != known.end()) return found->second;
    auto audio = read(path);
    if (audio == nullptr) return nullptr;
    if (rate != 0 && audio->rate != rate) resample(*audio, rate);
    return known[{path, rate}] = std::move(audio);
}

Recording::Recording(const std::string& path, std::uint32_t rate) {
    SF_INFO info{};
    info.samplerate = static_cast<int>(rate);
    info.channels = 1;
    info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    file_ = sf_open(path.c_str(), SFM_WRITE, &info);
    if (file_ == nullptr) log(SWITCH_LOG_ERROR, "Can't write '" + path + "': " + sf_strerror(nullptr));
}

Recording::~Recording() {
    if (file_ != nullptr) sf_close(static_cast<SNDFILE*>(file_));
}

void Recording::write(std::span<const std::int16_t> samples) {
    if (file_ != nullptr)
        sf_write_short(static_cast<SNDFILE*>(file_), samples.data(), static_cast<sf_count_t>(samples.size()));
}

}  // namespace miniswitch
