#include "engine_harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/beast/core/detail/base64.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstring>
#include <thread>

namespace asr_stream::test {
namespace {

using namespace std::chrono_literals;
constexpr auto patience = 20s;
constexpr std::size_t frame = 160;  // 20 ms at 8 kHz

std::vector<std::int16_t> decode_l16(std::string_view base64) {
    std::vector<char> bytes(base64.size());
    const auto size = boost::beast::detail::base64::decode(bytes.data(), base64.data(), base64.size()).first;
    std::vector<std::int16_t> samples(size / sizeof(std::int16_t));
    std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(std::int16_t));
    return samples;
}

}  // namespace

void RecordingSink::on_event(const Event& event) noexcept {
    {
        const std::lock_guard lock{mutex_};
        events_.push_back(event);
    }
    changed_.notify_all();
    if (also) also(event);
}

std::vector<Event> RecordingSink::events() const {
    const std::lock_guard lock{mutex_};
    return events_;
}

std::vector<Event> RecordingSink::events(EventKind kind) const {
    auto all = events();
    std::erase_if(all, [kind](const Event& event) { return event.kind != kind; });
    return all;
}

bool RecordingSink::wait_for(const std::function<bool(const std::vector<Event>&)>& condition) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, [&] { return condition(events_); });
}

bool RecordingSink::wait_for(EventKind kind, std::size_t count) const {
    return wait_for([&](const std::vector<Event>& all) {
        return std::count_if(all.begin(), all.end(), [kind](const Event& event) { return event.kind == kind; }) >=
               static_cast<std::ptrdiff_t>(count);
    });
}

void RecordingSink::expect_well_formed() const {
    const auto all = events();
    std::uint64_t sequence = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto kind = all[i].kind;
        const bool is_playback = kind == EventKind::audio || kind == EventKind::mark || kind == EventKind::clear;
        EXPECT_EQ(all[i].sequence, is_playback ? 0 : ++sequence) << name_of(kind);
        EXPECT_EQ(all[i].kind == EventKind::closed, i + 1 == all.size()) << "closed is the last event, and only that";
    }
}

TestEngine::TestEngine(EngineConfig config) {
    auto created = Engine::create(config, [log = log_](LogLevel, std::string_view line) {
        const std::lock_guard lock{log->mutex};
        if (log->lines.size() == log_lines_kept) log->lines.pop_front();
        log->lines.emplace_back(line);
    });
    EXPECT_TRUE(created) << created.error().message();
    engine_ = std::move(*created);
}

Stream TestEngine::add(const StreamConfig& config, std::shared_ptr<EventSink> sink) {
    auto stream = engine_->add_stream(config, std::move(sink));
    EXPECT_TRUE(stream) << stream.error().message();
    return stream ? *stream : Stream{};
}

bool TestEngine::logged(std::string_view part) const {
    const std::lock_guard lock{log_->mutex};
    return std::any_of(log_->lines.begin(), log_->lines.end(),
                       [part](const std::string& line) { return line.find(part) != std::string::npos; });
}

bool TestEngine::wait_until_all_memory_is_back() const {
    return eventually([this] { return engine_->stats().sum.memory_bytes == 0; }) && engine_->stats().leaked_bytes == 0;
}

std::int16_t sample_at(std::uint64_t position) noexcept {
    const std::uint64_t hash = (position + 1) * 0x9E3779B97F4A7C15u;
    const auto noise = static_cast<std::int16_t>(hash >> 48);
    const bool is_loud = position % 2400 < 1600;
    return is_loud ? noise : static_cast<std::int16_t>(noise / 512);
}

std::vector<std::int16_t> audio_at(std::uint64_t position, std::size_t count) {
    std::vector<std::int16_t> samples(count);
    for (std::size_t i = 0; i < count; ++i) samples[i] = sample_at(position + i);
    return samples;
}

std::uint64_t push_audio(Stream& stream, std::uint64_t position, std::size_t count) {
    // The loop empties the ring at each tick; a push beyond the room there is would be refused and leave a gap.
    const std::uint64_t end = position + count;
    while (position < end) {
        const auto pushed = std::min<std::uint64_t>(end - position, frame);
        EXPECT_TRUE(eventually([&] { return stream.pending_samples() + pushed <= 3000; }));
        if (!stream.push(audio_at(position, pushed))) ADD_FAILURE() << "refused at " << position;
        position += pushed;
    }
    return position;
}

StreamConfig json_stream(const std::string& url) {
    StreamConfig config;
    config.call_id = "call-1";
    config.profile.name = "test";
    config.profile.endpoints = {{url, 1}};
    config.profile.reconnect_backoff = milliseconds{10};
    config.profile.reconnect_backoff_max = milliseconds{50};
    config.profile.drain_timeout = milliseconds{20'000};
    config.profile.partial_interval = milliseconds{0};
    return config;
}

bool eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

bool JsonPeer::read(Session& session) {
    const auto message = session.read();
    if (!message) return false;
    if (message->binary) {
        HeardAudio heard;
        heard.sequence = audio.size() + 1;
        heard.position = samples_;
        heard.samples.resize(message->payload.size() / sizeof(std::int16_t));
        std::memcpy(heard.samples.data(), message->payload.data(), message->payload.size());
        samples_ += heard.samples.size();
        audio.push_back(std::move(heard));
        return true;
    }
    const auto parsed = boost::json::parse(message->payload).as_object();
    const auto& type = parsed.at("type").as_string();
    if (type == "start")
        start = parsed;
    else if (type == "audio")
        take_audio(parsed);
    else if (type == "stop")
        stopped = true;
    else
        others.push_back(message->payload);
    return true;
}

void JsonPeer::take_audio(const boost::json::object& message) {
    HeardAudio heard;
    heard.sequence = message.at("seq").to_number<std::uint64_t>();
    heard.position = message.at("start_ms").to_number<std::uint64_t>() * 8;
    heard.samples = decode_l16(message.at("data").as_string());
    if (heard.sequence != audio.size() + 1) ++wrong_;
    for (std::size_t i = 0; i < heard.samples.size(); ++i)
        if (heard.samples[i] != sample_at(heard.position + i)) ++wrong_;
    samples_ += heard.samples.size();
    audio.push_back(std::move(heard));
}

bool JsonPeer::read_until_stop(Session& session) {
    while (!stopped)
        if (!read(session)) return false;
    return true;
}

bool JsonPeer::read_samples(Session& session, std::size_t count) {
    while (samples_ < count)
        if (!read(session)) return false;
    return true;
}

std::string final_message(const std::string& text, std::int64_t start_ms, std::int64_t end_ms) {
    return boost::json::serialize(boost::json::object{
        {"type", "final"}, {"text", text}, {"confidence", 0.93}, {"start_ms", start_ms}, {"end_ms", end_ms}});
}

std::string partial_message(const std::string& text) {
    return boost::json::serialize(boost::json::object{{"type", "partial"}, {"text", text}});
}

bool scripts_ended(const ScriptedServer& server) {
    return server.wait_until([](const ScriptedServer& one) { return one.open_sessions() == 0; });
}

void read_on(Session& session) {
    while (session.read()) {
    }
}

void transcribe_all(Session& session, JsonPeer& peer) {
    if (!session.accept() || !peer.read_until_stop(session)) return;
    session.send_text(final_message("all", 0, static_cast<std::int64_t>(peer.samples() / 8)));
    session.send_text(end_message);
    read_on(session);
}

}  // namespace asr_stream::test
