#include "freeswitch/module.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/setting_values.hpp"
#include "freeswitch/barge_in.hpp"
#include "freeswitch/call_log.hpp"
#include "freeswitch/configuration.hpp"
#include "freeswitch/counters.hpp"
#include "freeswitch/handle_table.hpp"
#include "freeswitch/live_object.hpp"
#include "freeswitch/media_tap.hpp"
#include "freeswitch/publisher.hpp"
#include "freeswitch/stream_table.hpp"
#include "freeswitch/watchdog.hpp"

namespace asr_stream::freeswitch {
namespace {

constexpr std::string_view default_profile = "default";

/// The running module. Reset before the code can be unmapped, so nothing is left for a static destructor.
struct Current {
    std::mutex mutex;
    std::shared_ptr<Module> module;
};
[[nodiscard]] Current& current_slot() noexcept {
    static Current slot;
    return slot;
}

[[nodiscard]] std::vector<KeyValue> variables_of(switch_core_session_t* session) {
    std::vector<KeyValue> variables;
    if (session == nullptr) return variables;
    switch_channel_t* channel = switch_core_session_get_channel(session);
    const auto look_for = [&](std::string_view name) {
        const char* value = name.empty() ? nullptr : switch_channel_get_variable(channel, variable_of(name).c_str());
        if (value != nullptr) variables.emplace_back(name, value);
    };
    for (const SettingInfo& setting : profile_settings()) {
        look_for(setting.alias);
        look_for(setting.name);
    }
    return variables;
}

[[nodiscard]] std::string names_of(const Configuration& configuration) {
    std::string names;
    for (const auto& [name, profile] : configuration.profiles) names.append(names.empty() ? "" : ", ").append(name);
    return names;
}

/// The settings of the process that differ and that only a new load of the module takes up.
[[nodiscard]] std::string changed_for_good(const EngineConfig& running, const EngineConfig& fresh) {
    std::string names;
    const auto note = [&names](bool differs, std::string_view name) {
        if (differs) names.append(names.empty() ? "" : ", ").append(name);
    };
    note(running.loop_threads != fresh.loop_threads, "loop-threads");
    note(running.max_streams != fresh.max_streams, "max-streams");
    note(running.connect_rate != fresh.connect_rate, "connect-rate");
    note(running.tick != fresh.tick, "tick");
    note(running.batch_streams != fresh.batch_streams, "batch-streams");
    return names;
}

}  // namespace

Module::Module(Configuration configuration)
    : configuration_{std::make_shared<const Configuration>(std::move(configuration))},
      counters_{std::make_shared<Counters>()},
      table_{std::make_shared<StreamTable>()},
      handles_{std::make_shared<HandleTable>()},
      publisher_{std::make_shared<Publisher>(configuration_->engine.event_queue, table_, counters_)},
      barge_in_{std::make_shared<BargeIn>(counters_)} {}

Module::~Module() {
    // Threads end in the order in which they use each other; the engine's destructor delivers each `closed`.
    watchdog_.reset();
    engine_.reset();
    barge_in_->finish();
    publisher_->finish();
}

Result<std::shared_ptr<Module>> Module::create() {
    auto configuration = read_configuration();
    if (!configuration) return tl::unexpected{std::move(configuration).error()};
    auto engine = Engine::create(configuration->engine, log_engine_line);
    if (!engine) return tl::unexpected{std::move(engine).error()};
    std::shared_ptr<Module> module{new Module{*std::move(configuration)}};
    module->engine_ = *std::move(engine);
    module->watchdog_ = std::make_unique<Watchdog>(module->table_, module->handles_, module->counters_);
    return module;
}

std::shared_ptr<Module> Module::current() noexcept {
    Current& slot = current_slot();
    const std::lock_guard lock{slot.mutex};
    return slot.module;
}

void Module::set_current(std::shared_ptr<Module> module) noexcept {
    Current& slot = current_slot();
    const std::lock_guard lock{slot.mutex};
    slot.module = std::move(module);
}

Result<Profile> Module::profile_for(switch_core_session_t* session, std::string_view name,
                                    std::span<const KeyValue> parameters) const {
    const auto running = configuration();
    if (name.empty()) name = default_profile;
    const auto profile = running->profiles.find(name);
    if (profile == running->profiles.end())
        return fail(Errc::unknown_profile,
                    "profile " + engine::printable(name) + ": configured are " + names_of(*running));
    return override_profile(profile->second, variables_of(session), parameters);
}

Result<std::shared_ptr<CallStream>> Module::open_stream(OpenRequest request) {
    StreamConfig config;
    config.profile = request.profile;
    config.call_id = request.uuid;
    config.name = request.name;
    config.sample_rate = request.sample_rate;
    config.channels = request.channels;
    auto stream =
        std::make_shared<CallStream>(std::move(request), CallStream::Outlets{publisher_, barge_in_, counters_});
    if (!table_->add(stream))
        return fail(Errc::invalid_setting, "name=" + stream->name() + ": a stream of that name runs on the call");
    auto handle = engine_->add_stream(std::move(config), stream);
    if (!handle) {
        table_->remove(*stream);
        stream->begin(Stream{});
        return tl::unexpected{std::move(handle).error()};
    }
    stream->begin(*std::move(handle));
    return stream;
}

std::shared_ptr<CallStream> Module::find_stream(std::string_view uuid, std::string_view name) const {
    return table_->find(uuid, name);
}

std::vector<std::shared_ptr<CallStream>> Module::streams_of(std::string_view uuid) const {
    return table_->running(uuid);
}

std::vector<std::shared_ptr<CallStream>> Module::streams() const { return table_->all(); }

std::shared_ptr<const Configuration> Module::configuration() const {
    const std::lock_guard lock{configuration_mutex_};
    return configuration_;
}

Result<std::string> Module::reload() {
    auto configuration = read_configuration();
    if (!configuration) {
        Counters::add(counters_->reloads_refused);
        return tl::unexpected{std::move(configuration).error()};
    }
    publisher_->set_limit(configuration->engine.event_queue);
    auto fresh = std::make_shared<const Configuration>(*std::move(configuration));
    Counters::add(counters_->reloads);
    const std::lock_guard lock{configuration_mutex_};
    const std::string note = changed_for_good(configuration_->engine, fresh->engine);
    configuration_ = std::move(fresh);
    return note;
}

bool Module::shut_down(std::shared_ptr<Module> module) {
    using namespace std::chrono_literals;
    milliseconds drain{0};
    for (const auto& stream : module->streams()) {
        drain = std::max(drain, stream->profile().drain_timeout);
        stream->stop();
        stop_feeding(*stream);  // by force only: else nothing is fed any more
    }
    for (const auto& stream : module->table_->tapped()) stop_feeding(*stream);  // those that had ended by themselves
    module->watchdog_->finish_looking();
    drain = std::min<milliseconds>(drain, max_drain);
    static_cast<void>(module->engine_->drain(drain));
    static_cast<void>(module->table_->wait_until_empty(1s));

    // Callbacks that are inside the module leave it in a moment. The threads are joined here and nowhere else, since a
    // callback may run on one of them.
    const auto deadline = std::chrono::steady_clock::now() + 2s;
    while (module.use_count() > 1 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(5ms);
    if (module.use_count() > 1) {
        static_cast<void>(new std::shared_ptr<Module>{std::move(module)});  // stays, and with it the code
        return false;
    }
    module.reset();
    return LiveObject::count() == 0;
}

}  // namespace asr_stream::freeswitch
