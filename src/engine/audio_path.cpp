#include "engine/audio_path.hpp"

#include <utility>

#include "websocket/connection.hpp"

namespace asr_stream::engine {
namespace {

constexpr milliseconds silence_kept{500};         // of leading non-speech
constexpr milliseconds silence_trimmed_at{1000};  // so that it is not done for every frame

std::int64_t nanoseconds_of(AudioPath::TimePoint time) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

AudioPath::AudioPath(const Plan& plan, audio::Resampler resampler, audio::Ring& ring, Counters& counters,
                     DelayCounters& delays, std::pmr::memory_resource* memory)
    : ring_{ring},
      plan_{plan},
      counters_{counters},
      delays_{delays},
      window_{plan.replay_frames, plan.channels, memory},
      send_map_{memory},
      voice_{plan.wire_rate, plan.channels},
      resampler_{std::move(resampler)} {}

void AudioPath::fetch_connection() const noexcept { connection_->fetch(); }

AudioPath::Pumped AudioPath::pump(TimePoint now, std::size_t max_messages, milliseconds longest_wait) {
    pumped_ = {};
    max_messages_ = max_messages;
    longest_wait_ = longest_wait;
    const std::int64_t now_ns = nanoseconds_of(now);
    const Position until = ring_.end();  // what is pushed meanwhile waits for the next tick
    if (connection_ != nullptr) connection_->cork();
    if (backlog_) send_ready(now_ns, 0);
    while (const auto piece = ring_.front()) {
        if (piece->position >= until) break;
        const bool was_behind = backlog_;
        const std::int64_t pushed_ns = piece->pushed_ns;
        take(*piece);
        ring_.pop();
        send_ready(now_ns, was_behind ? 0 : pushed_ns);
    }
    counters_.loop.taken_until.set(ring_.empty() ? until : next_call_);
    limit_queue();
    pumped_.has_speech_changes = plan_.detects_speech && speech_.any();
    return pumped_;
}

void AudioPath::flush() {
    while (const auto piece = ring_.front()) {
        take(*piece);
        ring_.pop();
    }
    append(resampler_.flush());
    flush_until_ = window_.end();
    backlog_ = true;
}

void AudioPath::take(const audio::Ring::Piece& piece) {
    if (piece.position != next_call_) begin_run(piece);
    next_call_ = piece.position + piece.samples.size() / plan_.channels;
    append(resampler_.process(piece.samples));
    last_pushed_ns_ = piece.pushed_ns;
    if (plan_.detects_speech) speech_.note(voice_.is_speech());
}

void AudioPath::begin_run(const audio::Ring::Piece& piece) {
    append(resampler_.flush());
    resampler_.reset();
    next_wire_ = std::max(next_wire_, to_wire(piece.position));
    const std::uint64_t refused = counters_.push.refused_samples.get();
    lost_frames_ += to_wire(refused - refused_seen_);
    refused_seen_ = refused;
}

void AudioPath::append(std::span<const std::int16_t> samples) {
    if (samples.empty()) return;
    const auto dropped = window_.append(next_wire_, samples);
    voice_.feed(next_wire_, samples);
    next_wire_ += samples.size() / plan_.channels;
    if (dropped.frames > 0) {
        counters_.loop.replay_dropped_samples.add(dropped.frames);
        pumped_.dropped += dropped.frames;
        lost_frames_ += dropped.unsent;
        lost_if_replayed_ += dropped.frames - dropped.unsent;
    }
    trim_silence();
}

void AudioPath::trim_silence() noexcept {
    const Position begin = window_.begin();
    const Position sent = window_.sent();
    if (sent - begin <= plan_.wire_frames(silence_trimmed_at) || voice_.heard_speech_since(begin)) return;
    window_.trim(sent - plan_.wire_frames(silence_kept));
}

void AudioPath::send_ready(std::int64_t now_ns, std::int64_t completed_ns) {
    if (connection_ == nullptr) return;
    const bool was_behind = backlog_;
    backlog_ = false;
    while (const std::size_t frames = next_message()) {
        if (pumped_.messages >= max_messages_ || connection_->queued_bytes() > 0) {
            backlog_ = true;
            if (!was_behind) backlog_began_ns_ = last_pushed_ns_;
            return;
        }
        send_message(frames, now_ns, completed_ns);
    }
}

/// How many sample frames the next message holds; 0 when there is not enough for one.
std::size_t AudioPath::next_message() const noexcept {
    const auto ready = window_.ready(plan_.frame_frames);
    const bool goes_out = ready.frames == plan_.frame_frames || ready.ends_at_gap || window_.sent() < flush_until_;
    return goes_out ? ready.frames : 0;
}

void AudioPath::send_message(std::size_t frames, std::int64_t now_ns, std::int64_t completed_ns) {
    const auto chunk = window_.unsent(frames);
    frames = chunk.samples.size() / plan_.channels;
    const auto samples = frames < plan_.min_frames ? padded(chunk.samples) : chunk.samples;
    const std::size_t room =
        frames == plan_.frame_frames ? encoded_bytes_ : session_->max_encoded_bytes(samples.size());
    const dialect::AudioChunk audio{
        .samples = samples, .sequence = ++sequence_, .start = plan_.wire_time(chunk.position)};
    const std::size_t bytes = session_->encode(audio, connection_->prepare(room));
    connection_->send_prepared(
        plan_.traits.audio_framing == dialect::Framing::text ? websocket::Opcode::text : websocket::Opcode::binary,
        bytes);
    send_map_.sent(chunk.position, samples.size() / plan_.channels, now_ns);
    window_.mark_sent(frames);

    ++pumped_.messages;
    counters_.loop.sent_frames.add();
    counters_.loop.sent_samples.add(frames);
    if (chunk.position < replayed_until_)
        counters_.loop.replayed_samples.add(std::min<Position>(frames, replayed_until_ - chunk.position));
    note_delay(chunk.position + frames, now_ns, completed_ns);
}

std::span<const std::int16_t> AudioPath::padded(std::span<const std::int16_t> samples) {
    padding_.assign(plan_.min_frames * plan_.channels, 0);
    std::copy(samples.begin(), samples.end(), padding_.begin());
    return padding_;
}

void AudioPath::note_delay(Position end, std::int64_t now_ns, std::int64_t completed_ns) noexcept {
    if (end <= live_from_) return;
    if (completed_ns == 0) {
        const auto after = static_cast<std::int64_t>((window_.end() - end) * 1'000'000'000 / plan_.wire_rate);
        completed_ns = std::max(last_pushed_ns_ - after, backlog_began_ns_);
    }
    const auto delay_us = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ns - completed_ns, 0)) / 1000;
    delays_.record(delay_us);
    counters_.loop.max_send_delay_us.raise_to(delay_us);
    const auto longest_us = static_cast<std::uint64_t>(longest_wait_.count()) * 1000;
    if (delay_us > std::max(plan_.frame_frames * 1'000'000 / plan_.wire_rate, longest_us))
        counters_.loop.late_frames.add();
}

void AudioPath::limit_queue() noexcept {
    if (connection_ == nullptr || window_.unsent_frames() <= plan_.queue_frames) {
        catching_up_ = catching_up_ && connection_ == nullptr;
        return;
    }
    if (catching_up_) return;
    const std::size_t dropped = window_.drop_oldest_unsent(plan_.queue_frames);
    counters_.loop.queue_dropped_samples.add(dropped);
    pumped_.dropped += dropped;
    lost_frames_ += dropped;
}

CallTime AudioPath::begin_session() {
    replayed_until_ = std::max(replayed_until_, window_.sent());
    lost_frames_ += std::exchange(lost_if_replayed_, 0);
    send_map_.clear();
    sequence_ = 0;
    return plan_.wire_time(window_.rewind());
}

void AudioPath::start_sending(websocket::Connection& connection, dialect::Session& session) noexcept {
    connection_ = &connection;
    session_ = &session;
    encoded_bytes_ = session.max_encoded_bytes(plan_.frame_frames * plan_.channels);
    live_from_ = window_.end();
    backlog_ = true;
    catching_up_ = true;
}

void AudioPath::end_session() noexcept {
    connection_ = nullptr;
    session_ = nullptr;
}

std::optional<std::int64_t> AudioPath::sent_at(milliseconds time) const noexcept {
    const std::uint64_t end = offset(time);
    return end == 0 ? std::nullopt : send_map_.sent_at(end - 1);
}

AudioPath::Position AudioPath::estimated_end() const noexcept {
    const Position sent = window_.sent();
    const Position guard = sent - std::min<Position>(sent, plan_.guard_frames);
    const auto silence = voice_.last_silence_since(guard);
    return silence ? std::min(guard, *silence) : guard;
}

void AudioPath::confirm(Position position) noexcept {
    if (position >= window_.begin()) lost_if_replayed_ = 0;  // all that was dropped lies before
    window_.confirm(position);
}

milliseconds AudioPath::take_gap() noexcept {
    const milliseconds gap = plan_.wire_time(lost_frames_);
    lost_frames_ -= plan_.wire_frames(gap);
    return gap;
}

}  // namespace asr_stream::engine
