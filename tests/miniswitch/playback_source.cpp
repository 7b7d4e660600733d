#include "playback_source.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "module.hpp"
#include "playback.hpp"

namespace miniswitch {
namespace {
std::string sound_folder;
constexpr std::string_view handle_key = "__fh";
}  // namespace

void set_sound_folder(std::string folder) { sound_folder = std::move(folder); }

std::string sound_path(const std::string& file, const std::string& prefix) {
    const std::filesystem::path path{file};
    return path.is_absolute() ? path : std::filesystem::path{prefix.empty() ? sound_folder : prefix} / path;
}

std::unique_ptr<PlaybackSource> PlaybackSource::open(switch_core_session& session, const std::string& file) {
    std::unique_ptr<PlaybackSource> source{new PlaybackSource{session}};
    const auto separator = file.find(SWITCH_URL_SEPARATOR);
    const bool is_open = separator == std::string::npos
                             ? source->open_sound(file)
                             : source->open_stream(file.substr(0, separator), file.substr(separator + 3));
    if (!is_open) return nullptr;
    switch_set_flag(&source->handle_, SWITCH_FILE_OPEN);
    source->publish(&source->handle_);
    return source;
}

PlaybackSource::~PlaybackSource() {
    if ((handle_.flags & SWITCH_FILE_OPEN) == 0) return;
    publish(nullptr);
    if (handle_.file_interface == nullptr) return;
    handle_.file_interface->file_close(&handle_);
    UNPROTECT_INTERFACE(handle_.file_interface)
}

void PlaybackSource::publish(switch_file_handle_t* handle) {
    const std::lock_guard guard{session_.io_lock};
    session_.channel.set_private(std::string{handle_key}, handle);
}

bool PlaybackSource::open_sound(const std::string& file) {
    const auto prefix = session_.channel.variable("sound_prefix").value_or("");
    const auto audio = load_audio(sound_path(file, prefix), session_.caller.rate());
    if (audio == nullptr) return false;
    buffered_ = audio->samples;
    is_at_end_ = true;
    return true;
}

bool PlaybackSource::open_stream(const std::string& scheme, const std::string& path) {
    if (scheme == "silence_stream") {
        buffered_.resize(static_cast<std::size_t>(std::atoi(path.c_str())) * session_.caller.rate() / 1000);
        is_at_end_ = true;
        return true;
    }
    handle_.file_interface = modules().protect_file(scheme);
    if (handle_.file_interface == nullptr) {
        log(SWITCH_LOG_ERROR, "Invalid file format [" + scheme + "] for [" + path + "]!");
        return false;
    }
    handle_.samplerate = session_.caller.rate();
    handle_.channels = 1;
    handle_.flags = SWITCH_FILE_FLAG_READ | SWITCH_FILE_DATA_SHORT;
    handle_.memory_pool = &session_.pool;
    handle_.stream_name = session_.pool.duplicate(scheme);
    handle_.file_path = session_.pool.duplicate(path);
    if (handle_.file_interface->file_open(&handle_, handle_.file_path) != SWITCH_STATUS_SUCCESS) {
        UNPROTECT_INTERFACE(handle_.file_interface)
        return false;
    }
    if (handle_.samplerate != session_.caller.rate() || handle_.channels != 1)
        fatal("file_open changed rate or channels: miniswitch does not convert for a module");
    return true;
}

// The core asks for far more than a frame and buffers what it gets.
PlaybackSource::Next PlaybackSource::read_stream() {
    constexpr switch_size_t most = 16384;
    buffered_.erase(buffered_.begin(), buffered_.begin() + static_cast<std::ptrdiff_t>(std::exchange(played_, 0)));
    const auto held = buffered_.size();
    buffered_.resize(held + most);
    switch_size_t count = most;
    handle_.flags |= SWITCH_FILE_BREAK_ON_CHANGE;
    const auto status = handle_.file_interface->file_read(&handle_, buffered_.data() + held, &count);
    buffered_.resize(held + (status == SWITCH_STATUS_SUCCESS ? std::min(count, most) : 0));
    if (status == SWITCH_STATUS_BREAK) return Next::again;
    if (status != SWITCH_STATUS_SUCCESS) {
        is_at_end_ = true;
        return Next::again;
    }
    return buffered_.empty() ? Next::end : Next::frame;
}

PlaybackSource::Next PlaybackSource::next(std::vector<std::int16_t>& frame) {
    const auto size = session_.caller.frame_samples();
    if ((handle_.flags & SWITCH_FILE_PAUSE) != 0) {
        frame.assign(size, 0);
        return Next::frame;
    }
    if (!is_at_end_ && buffered_.size() - played_ <= size)
        if (const auto next = read_stream(); next != Next::frame) return next;
    const auto left = std::span{buffered_}.subspan(played_);
    if (left.empty()) return Next::end;
    const auto taken = left.first(std::min(size, left.size()));
    played_ += taken.size();
    frame.assign(taken.begin(), taken.end());
    frame.resize(size, -1);
    return Next::frame;
}

}  // namespace miniswitch

extern "C" {

switch_status_t switch_ivr_get_file_handle(switch_core_session_t* session, switch_file_handle_t** handle) {
    session->io_lock.lock_shared();
    *handle = static_cast<switch_file_handle_t*>(session->channel.get_private(miniswitch::handle_key));
    if (*handle != nullptr) return SWITCH_STATUS_SUCCESS;
    session->io_lock.unlock();
    return SWITCH_STATUS_FALSE;
}

switch_status_t switch_ivr_release_file_handle(switch_core_session_t* session, switch_file_handle_t** handle) {
    *handle = nullptr;
    session->io_lock.unlock();
    return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
