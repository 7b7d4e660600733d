#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freeswitch/call_log.hpp"
#include "freeswitch/interfaces.hpp"
#include "freeswitch/live_object.hpp"
#include "freeswitch/module.hpp"
#include "freeswitch/playback_queue.hpp"
#include "freeswitch/playback_reader.hpp"
#include "freeswitch/stream_table.hpp"
#include "freeswitch/thread_memory.hpp"

/// `playback asr_stream://NAME` plays the audio that the service of the call's stream NAME sends.
namespace asr_stream::freeswitch {
namespace {

constexpr std::uint32_t default_ptime_ms = 20;

/// One playback; the switch's file handle points to it from open to close. One thread, that of the call.
struct Playback {
    LiveObject live;
    std::shared_ptr<CallStream> stream;
    PlaybackReader reader;
    std::size_t frame = 160;         ///< samples that one read gives
    std::vector<std::string> marks;  ///< reached by the read before
};

/// The call that a playback is for: the switch opens files without it.
struct Target {
    std::shared_ptr<CallStream> stream;
    std::uint32_t ptime_ms = default_ptime_ms;
};

std::uint32_t ptime_of(switch_core_session_t* session) noexcept {
    switch_codec_implementation_t codec{};
    switch_core_session_get_read_impl(session, &codec);
    const auto ptime = static_cast<std::uint32_t>(std::max(codec.microseconds_per_packet, 0)) / 1000;
    return ptime >= 10 && ptime <= 120 ? ptime : default_ptime_ms;
}

Target target_in(const Module& module, switch_core_session_t* session, std::string_view name) {
    return {module.find_stream(switch_core_session_get_uuid(session), name), ptime_of(session)};
}

/// The call whose thread this is. Mostly the thread fed or started one of its streams before; else, when another thread
/// started the stream and no frame was read since, every stream is asked.
Target target_on_thread(const Module& module, std::string_view name) {
    if (const auto known = module.table()->at(stream_of_thread())) {
        const auto session = locate(known->uuid());
        if (session && switch_core_session_in_thread(session.get()) != SWITCH_FALSE)
            return target_in(module, session.get(), name);
    }
    for (const auto& stream : module.streams()) {
        if (!stream->playback() || stream->name() != name || stream->is_ending()) continue;
        const auto session = locate(stream->uuid());
        if (session && switch_core_session_in_thread(session.get()) != SWITCH_FALSE)
            return {stream, ptime_of(session.get())};
    }
    return {};
}

/// Which stream "NAME" or "UUID/NAME" means. With NAME alone it is the call that plays: the one whose memory the switch
/// uses, or, as its playback application uses memory of its own, the one whose thread this is.
Target find_target(const Module& module, const switch_file_handle_t* handle, std::string_view path) {
    std::string_view uuid;
    if (const auto slash = path.rfind('/'); slash != std::string_view::npos) {
        uuid = path.substr(0, slash);
        path.remove_prefix(slash + 1);
    }
    const std::string_view name = path.empty() ? "default" : path;
    if (!uuid.empty()) {
        const auto session = locate(std::string{uuid});
        return session ? target_in(module, session.get(), name) : Target{};
    }
    if (auto* session =
            static_cast<switch_core_session_t*>(switch_core_memory_pool_get_data(handle->memory_pool, "__session")))
        return target_in(module, session, name);
    return target_on_thread(module, name);
}

switch_status_t refuse(std::string_view path, const std::string& uuid, std::string_view why) {
    log_line(LogLevel::error, uuid, "playback asr_stream://" + std::string{path} + ": " + std::string{why});
    return SWITCH_STATUS_FALSE;
}

switch_status_t open(switch_file_handle_t* handle, std::string_view path) {
    if ((handle->flags & SWITCH_FILE_FLAG_WRITE) != 0) return refuse(path, {}, "it can be played, not recorded to");
    const auto module = Module::current();
    if (!module) return refuse(path, {}, "shutting down");
    const auto [stream, ptime_ms] = find_target(*module, handle, path);
    if (!stream) return refuse(path, {}, "the call has no running stream of that name with playback=true");
    if (!stream->playback())
        return refuse(path, stream->uuid(), "profile " + stream->profile().name + " does not say playback=true");
    if (handle->samplerate < PlaybackQueue::min_rate || handle->samplerate > PlaybackQueue::max_rate)
        return refuse(path, stream->uuid(), std::to_string(handle->samplerate) + " Hz are not supported");
    auto reader = PlaybackReader::create(stream->playback(), handle->samplerate);
    if (!reader) return refuse(path, stream->uuid(), "the stream is being played already");
    auto playback = std::unique_ptr<Playback>{new Playback{.live = {},
                                                           .stream = stream,
                                                           .reader = *std::move(reader),
                                                           .frame = handle->samplerate / 1000 * ptime_ms,
                                                           .marks = {}}};
    handle->channels = 1;
    handle->format = 0;
    handle->sections = 0;
    handle->seekable = 0;
    handle->speed = 0;
    handle->private_info = playback.release();  // close() takes it back
    return SWITCH_STATUS_SUCCESS;
}

/// Gives one frame however much is asked for: the switch would play what it holds to its end after a break-off.
switch_status_t read(Playback& playback, std::int16_t* samples, switch_size_t* count) {
    const auto wanted = std::min<std::size_t>(*count, playback.frame);
    playback.marks.clear();
    *count = playback.reader.read(std::span{samples, wanted}, playback.marks);
    for (auto& mark : playback.marks) playback.stream->send_mark(std::move(mark), MarkState::played);
    return *count == 0 ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

extern "C" {

switch_status_t asr_stream_file_open(switch_file_handle_t* handle, const char* path) {
    return c_entry("file_open", [&] { return open(handle, view(path)); });
}

switch_status_t asr_stream_file_read(switch_file_handle_t* handle, void* data, switch_size_t* count) {
    return c_entry("file_read", [&] {
        auto* playback = static_cast<Playback*>(handle->private_info);
        if (playback == nullptr) return SWITCH_STATUS_FALSE;
        return read(*playback, static_cast<std::int16_t*>(data), count);
    });
}

switch_status_t asr_stream_file_close(switch_file_handle_t* handle) {
    return c_entry("file_close", [&] {
        const std::unique_ptr<Playback> playback{static_cast<Playback*>(handle->private_info)};
        handle->private_info = nullptr;
        return SWITCH_STATUS_SUCCESS;
    });
}

}  // extern "C"

/// The switch writes nothing to it, but does not promise it.
char* extensions[] = {const_cast<char*>(module_name), nullptr};

}  // namespace

void register_file_interface(switch_loadable_module_interface_t* module) {
    auto* file =
        static_cast<switch_file_interface_t*>(switch_loadable_module_create_interface(module, SWITCH_FILE_INTERFACE));
    file->interface_name = module_name;
    file->extens = extensions;
    file->file_open = asr_stream_file_open;
    file->file_read = asr_stream_file_read;
    file->file_close = asr_stream_file_close;
}

}  // namespace asr_stream::freeswitch
