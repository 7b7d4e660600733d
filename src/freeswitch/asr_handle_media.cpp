#include <utility>

#include "freeswitch/asr_handle.hpp"
#include "freeswitch/counters.hpp"
#include "freeswitch/downmix.hpp"
#include "freeswitch/result_format.hpp"
#include "freeswitch/thread_memory.hpp"

/// The side of a recognizer that runs with the call's media.
namespace asr_stream::freeswitch {
namespace {

constexpr unsigned clock_bits = 48;
constexpr std::uint64_t clock_mask = (std::uint64_t{1} << clock_bits) - 1;
constexpr std::int64_t no_deadline = std::numeric_limits<std::int64_t>::max();

constexpr bool is_playback(EventKind kind) noexcept {
    return kind == EventKind::audio || kind == EventKind::mark || kind == EventKind::clear;
}

}  // namespace

/// The clock of the stream; 0 until the first of its audio.
CallTime AsrHandle::now() const noexcept {
    const std::uint64_t clock = clock_.load(std::memory_order_acquire);
    if (clock >> clock_bits != stream_version_.load(std::memory_order_acquire)) return {};
    return CallTime{static_cast<std::int64_t>((clock & clock_mask) * 1000 / setup_.rate)};
}

void AsrHandle::feed(std::span<std::int16_t> samples) noexcept {
    if (media_version_ != stream_version_.load(std::memory_order_acquire)) take_over_stream();
    if (!media_stream_) return;
    remember_stream_of_thread(media_stream_.get());
    std::span<const std::int16_t> heard = samples;
    std::uint32_t rate = setup_.rate;
    if (setup_.session != nullptr) {  // a re-INVITE changes the codec without a word to recognizers
        switch_codec_implementation_t codec{};
        switch_core_session_get_read_impl(setup_.session, &codec);
        heard = downmix(samples, codec.number_of_channels, false);
        if (codec.actual_samples_per_second != 0) rate = codec.actual_samples_per_second;
    }
    if (rate == setup_.rate) return push(heard);
    if (std::exchange(media_rate_, rate) != rate) Counters::add(media_stream_->counters().rate_changes);
    media_stream_->rate_adapter().convert(heard, rate, [this](std::span<const std::int16_t> piece) { push(piece); });
}

void AsrHandle::push(std::span<const std::int16_t> samples) noexcept {
    static_cast<void>(media_stream_->push(samples));  // a refused frame is counted by the stream
    media_samples_ += samples.size();
    clock_.store(std::uint64_t{media_version_} << clock_bits | (media_samples_ & clock_mask),
                 std::memory_order_release);
}

void AsrHandle::take_over_stream() noexcept {
    const std::lock_guard lock{mutex_};
    media_stream_ = stream_;
    media_version_ = stream_version_.load(std::memory_order_relaxed);
    media_samples_ = 0;
}

void AsrHandle::swap_stream(std::shared_ptr<CallStream>& stream) noexcept {
    std::swap(stream_, stream);
    advice_ = {};
    stream_version_.fetch_add(1, std::memory_order_release);
}

bool AsrHandle::check(bool auto_resume) {
    auto_resume_.store(auto_resume, std::memory_order_relaxed);
    if (ready_.load(std::memory_order_acquire)) return true;
    if (now().count() < deadline_ms_.load(std::memory_order_acquire)) return false;
    {
        const std::lock_guard lock{mutex_};
        recognition_.set_auto_resume(auto_resume);
        recognition_.on_time(now());
        refresh();
    }
    advise();
    return ready_.load(std::memory_order_acquire);
}

std::optional<AsrHandle::Delivery> AsrHandle::take() {
    std::optional<RecognitionResult> result;
    SharedPlan plan;
    std::shared_ptr<CallStream> stream;
    {
        const std::lock_guard lock{mutex_};
        result = recognition_.take();
        refresh();
        plan = plan_;
        stream = stream_;
    }
    advise();
    if (!result) return std::nullopt;
    const StreamIdentity identity{.uuid = setup_.uuid,
                                  .name = stream ? std::string_view{stream->name()} : std::string_view{},
                                  .profile = plan->profile.name,
                                  .id = stream ? stream->id() : 0};
    auto headers = result_headers(*result, plan->grammar, identity);
    Delivery delivery{result->kind, {}};
    if (result->kind != RecognitionResult::Kind::begin_speaking)
        delivery.body = format_result(*result, plan->grammar, plan->profile.call.result_format);
    const std::lock_guard lock{mutex_};
    headers_ = std::move(headers);
    return delivery;
}

HeaderList AsrHandle::take_headers() {
    const std::lock_guard lock{mutex_};
    return std::exchange(headers_, {});
}

void AsrHandle::on_event(std::uint64_t number, const Event& event) {
    if (is_playback(event.kind)) return;
    {
        const std::lock_guard lock{mutex_};
        if (number != stream_number_ || closed_) return;
        recognition_.set_auto_resume(auto_resume_.load(std::memory_order_relaxed));
        recognition_.on_event(event, now());
        refresh();
    }
    advise();
}

void AsrHandle::refresh() noexcept {
    const auto deadline = recognition_.deadline();
    deadline_ms_.store(deadline ? deadline->count() : no_deadline, std::memory_order_release);
    ready_.store(recognition_.has_result(), std::memory_order_release);
    count();
}

void AsrHandle::count() noexcept {
    if (!stream_) return;
    const auto fresh = recognition_.counters();
    Counters& totals = stream_->counters();
    Counters::add(totals.recognitions, fresh.recognitions - counted_.recognitions);
    Counters::add(totals.results_coalesced, fresh.partials_coalesced - counted_.partials_coalesced);
    Counters::add(totals.results_discarded, fresh.results_discarded - counted_.results_discarded);
    Counters::add(totals.results_overflows, fresh.results_overflows - counted_.results_overflows);
    counted_ = fresh;
}

void AsrHandle::advise() {
    const std::lock_guard advising{advising_};
    std::shared_ptr<CallStream> stream;
    Advice before;
    Advice now_wanted;
    bool is_useless = false;
    {
        const std::lock_guard lock{mutex_};
        if (!stream_) return;
        stream = stream_;
        is_useless = recognition_.is_session_spent() && !stream->is_ending();
        now_wanted = {.hold = recognition_.wants_hold(), .audio = recognition_.takes_audio()};
        before = std::exchange(advice_, now_wanted);
    }
    if (is_useless) stream->abort();
    if (before.hold != now_wanted.hold) stream->hold_results(now_wanted.hold);
    if (before.audio == now_wanted.audio) return;
    if (now_wanted.audio)
        stream->resume();
    else
        stream->pause();
}

}  // namespace asr_stream::freeswitch
