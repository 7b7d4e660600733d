#include "freeswitch/media_tap.hpp"

#include <array>
#include <new>
#include <utility>

#include "freeswitch/counters.hpp"
#include "freeswitch/downmix.hpp"
#include "freeswitch/interfaces.hpp"
#include "freeswitch/module.hpp"
#include "freeswitch/stream_table.hpp"
#include "freeswitch/thread_memory.hpp"

namespace asr_stream::freeswitch {
namespace {

extern "C" switch_bool_t asr_stream_media_bug(switch_media_bug_t* bug, void* user_data, switch_abc_type_t type) {
    const auto* door = static_cast<Door<MediaTap>*>(user_data);
    const Door<MediaTap>::Visit tap{door};
    if (!tap) return SWITCH_FALSE;
    switch (type) {
        case SWITCH_ABC_TYPE_READ: return tap->pump(bug) ? SWITCH_TRUE : SWITCH_FALSE;
        case SWITCH_ABC_TYPE_CLOSE:
            tap->close();
            door->close();
            break;
        default: break;
    }
    return SWITCH_TRUE;
}

[[nodiscard]] std::uint16_t channels_of(AudioMix mix) noexcept { return mix == AudioMix::stereo ? 2 : 1; }

[[nodiscard]] switch_media_bug_flag_t flags_of(AudioMix mix) noexcept {
    // Like the switch's own recognition, the stream goes on where other bugs are paused.
    constexpr auto always = SMBF_READ_STREAM | SMBF_NO_PAUSE;
    switch (mix) {
        case AudioMix::mono: break;
        case AudioMix::mixed: return always | SMBF_WRITE_STREAM;
        case AudioMix::stereo: return always | SMBF_WRITE_STREAM | SMBF_STEREO;
    }
    return always;
}

/// The rate of the call's audio, with media set up.
[[nodiscard]] Result<std::uint32_t> rate_of_media(switch_core_session_t* session) {
    switch_channel_t* channel = switch_core_session_get_channel(session);
    if (switch_channel_test_flag(channel, CF_PROXY_MODE) != 0)
        return fail(Errc::not_supported, "the call's media bypasses the switch (bypass_media)");
    if (switch_channel_test_flag(channel, CF_PROXY_MEDIA) != 0)
        return fail(Errc::not_supported, "the call's media is passed through undecoded (proxy_media)");
    if (!switch_channel_media_ready(channel) && switch_channel_pre_answer(channel) != SWITCH_STATUS_SUCCESS)
        return fail(Errc::not_supported, "the call has no media");
    switch_codec_implementation_t codec{};
    switch_core_session_get_read_impl(session, &codec);
    if (codec.actual_samples_per_second == 0) return fail(Errc::not_supported, "the call has no audio codec");
    return codec.actual_samples_per_second;
}

}  // namespace

MediaTap::MediaTap(std::shared_ptr<CallStream> stream, std::shared_ptr<StreamTable> table) noexcept
    : stream_{std::move(stream)}, table_{std::move(table)}, rate_{stream_->sample_rate()} {}

Result<> MediaTap::attach(switch_core_session_t* session, const std::shared_ptr<CallStream>& stream,
                          const std::shared_ptr<StreamTable>& table) {
    using TapDoor = Door<MediaTap>;
    const auto flags = flags_of(stream->profile().call.mix);
    std::unique_ptr<MediaTap> made{new MediaTap{stream, table}};
    TapDoor::Opening opening{made.get()};
    static_cast<void>(made.release());  // from here on it dies when its door is closed
    table->add_tap(stream, opening.door());
    void* const memory = switch_core_alloc(switch_core_session_get_pool(session), sizeof(TapDoor));
    auto* const door = new (memory) TapDoor{opening.door()};
    switch_media_bug_t* bug = nullptr;
    const auto status = switch_core_media_bug_add(session, module_name, stream->name().c_str(), asr_stream_media_bug,
                                                  door, 0, flags, &bug);
    if (status != SWITCH_STATUS_SUCCESS) {  // no CLOSE will come
        Counters::add(stream->counters().bugs_refused);
        return fail(Errc::not_supported, "the switch refused a media bug on the call");
    }
    opening.keep();
    stream->set_media_bug(bug);
    return {};
}

void MediaTap::close() noexcept { stream_->hang_up(); }

void MediaTap::reclaim(const StreamTable& table, CallStream& stream) noexcept {
    const auto door = table.tap_of(stream);
    if (const Door<MediaTap>::Visit tap{&door}) {
        tap->close();
        door.close();
    }
}

void MediaTap::let_go() noexcept {
    const std::unique_ptr<MediaTap> own{this};
    table_->remove_tap(*stream_);
}

void MediaTap::detach(switch_core_session_t* session, CallStream& stream) noexcept {
    // The session's pool keeps a bug's memory after its CLOSE, so that a bug which is gone is only not found.
    if (switch_media_bug_t* bug = stream.media_bug()) switch_core_media_bug_remove(session, &bug);
}

bool MediaTap::pump(switch_media_bug_t* bug) noexcept {
    if (stream_->is_ending()) return false;
    remember_stream_of_thread(stream_.get());
    // Twice the bytes that the switch checks for: stereo fills both halves.
    std::array<std::int16_t, SWITCH_RECOMMENDED_BUFFER_SIZE> samples;
    switch_frame_t frame{};
    frame.data = samples.data();
    frame.buflen = SWITCH_RECOMMENDED_BUFFER_SIZE;
    // FALSE first: with TRUE a mix of both directions hears nothing while the switch sends nothing. Then TRUE, which
    // comes to an end.
    auto fill = SWITCH_FALSE;
    while (switch_core_media_bug_read(bug, &frame, fill) == SWITCH_STATUS_SUCCESS && frame.datalen > 0) {
        deliver(std::span{samples}.first(frame.datalen / sizeof(std::int16_t)), frame);
        fill = SWITCH_TRUE;
    }
    return true;
}

void MediaTap::deliver(std::span<std::int16_t> samples, const switch_frame_t& frame) noexcept {
    const bool is_stereo = stream_->channels() == 2;
    const std::size_t directions = is_stereo ? 2 : 1;
    const std::size_t codec_channels = frame.samples == 0 ? 1 : samples.size() / directions / frame.samples;
    const auto heard = downmix(samples, codec_channels, is_stereo);
    if (frame.rate != rate_) {
        rate_ = frame.rate;
        Counters::add(stream_->counters().rate_changes);
    }
    if (frame.rate == stream_->sample_rate()) {
        static_cast<void>(stream_->push(heard));  // a refused frame is counted by the stream
        return;
    }
    stream_->rate_adapter().convert(
        heard, frame.rate, [this](std::span<const std::int16_t> piece) { static_cast<void>(stream_->push(piece)); });
}

void stop_feeding(CallStream& stream) noexcept {
    const auto session = force_locate(stream.uuid());
    if (!session) return;
    if (stream.origin() == StreamOrigin::recognition)
        switch_ivr_stop_detect_speech(session.get());
    else
        MediaTap::detach(session.get(), stream);
}

Result<std::shared_ptr<CallStream>> start_media_stream(Module& module, switch_core_session_t* session, Profile profile,
                                                       std::string name, InterfaceHold hold) {
    const auto rate = rate_of_media(session);
    if (!rate) return tl::unexpected{rate.error()};
    OpenRequest request;
    request.uuid = switch_core_session_get_uuid(session);
    request.name = std::move(name);
    request.channels = channels_of(profile.call.mix);
    request.profile = std::move(profile);
    request.sample_rate = *rate;
    request.hold = std::move(hold);
    auto stream = module.open_stream(std::move(request));
    if (!stream) return stream;
    if (auto attached = MediaTap::attach(session, *stream, module.table()); !attached) {
        (*stream)->abort();
        return tl::unexpected{std::move(attached).error()};
    }
    if (switch_core_session_in_thread(session) != SWITCH_FALSE) remember_stream_of_thread(stream->get());
    return stream;
}

}  // namespace asr_stream::freeswitch
