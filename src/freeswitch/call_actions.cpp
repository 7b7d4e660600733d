#include "freeswitch/call_actions.hpp"

#include <utility>

#include "dialect/json_write.hpp"
#include "freeswitch/media_tap.hpp"
#include "freeswitch/stats_json.hpp"

namespace asr_stream::freeswitch {
namespace {

constexpr std::size_t max_reason_bytes = 1000;

using SharedStream = std::shared_ptr<CallStream>;

[[nodiscard]] std::string names_of(const std::vector<SharedStream>& streams) {
    std::string names;
    for (const auto& stream : streams) names.append(names.empty() ? "" : ", ").append(stream->name());
    return names;
}

/// One call and what is asked of it.
class CallActions {
  public:
    CallActions(Module& module, const std::string& uuid, switch_core_session_t* session,
                const std::function<InterfaceHold()>& hold)
        : module_{module}, uuid_{uuid}, session_{session}, hold_{hold} {}

    Reply operator()(const StartCommand& command) {
        if (session_ == nullptr) return error("no such channel");
        auto profile = module_.profile_for(session_, command.profile, command.parameters);
        if (!profile) return error(reason_of(profile.error()));
        const auto stream = start_media_stream(module_, session_, *std::move(profile), command.name, hold_());
        return stream ? ok(command.name) : error(reason_of(stream.error()));
    }

    Reply operator()(const StopCommand& command) {
        return with_stream(command.name, [&](CallStream& stream) {
            if (command.now)
                stream.abort();
            else
                stream.stop();
            if (session_ != nullptr) MediaTap::detach(session_, stream);
            return ok(stream.name());
        });
    }

    Reply operator()(const PauseCommand& command) {
        return with_stream(command.name, [](CallStream& stream) {
            stream.pause();
            return ok(stream.name());
        });
    }

    Reply operator()(const ResumeCommand& command) {
        return with_stream(command.name, [](CallStream& stream) {
            stream.resume();
            return ok(stream.name());
        });
    }

    Reply operator()(const SendTextCommand& command) {
        return with_stream(command.name, [&](CallStream& stream) {
            stream.send_text(command.text);
            return ok(stream.name());
        });
    }

    Reply operator()(const StatsCommand& command) {
        return with_stream(command.name, [&](CallStream& stream) -> Reply {
            const StreamStats stats = stream.stats();
            return {true, command.json ? to_json(stats).str() : to_text(stats)};
        });
    }

  private:
    template <class Action>
    Reply with_stream(const std::string& name, Action&& action) {
        const auto running = module_.streams_of(uuid_);
        if (running.empty()) return error(session_ == nullptr ? "no such channel" : "no stream runs on this channel");
        if (const auto stream = choose(running, name)) return action(*stream);
        return error(name.empty() ? "several streams run (" + names_of(running) + "): say which"
                                  : "no stream " + name + " runs on this channel, but " + names_of(running));
    }

    [[nodiscard]] static SharedStream choose(const std::vector<SharedStream>& running, const std::string& name) {
        if (name.empty() && running.size() == 1) return running.front();
        for (const auto& stream : running) {
            if (stream->name() == (name.empty() ? "default" : name)) return stream;
        }
        return nullptr;
    }

    Module& module_;
    const std::string& uuid_;
    switch_core_session_t* session_;
    const std::function<InterfaceHold()>& hold_;
};

}  // namespace

Reply ok(const std::string& text) { return {true, text.empty() ? "+OK" : "+OK " + text}; }

Reply error(const std::string& reason) { return {false, "-ERR " + dialect::one_line(reason, max_reason_bytes)}; }

std::string reason_of(const Error& error) {
    if (error.code == Errc::stream_limit) return "limit";
    // Of a call whose media cannot be had; the code's own sentence speaks of dialects.
    return error.code == Errc::not_supported ? error.context : error.message();
}

Reply execute(Module& module, const std::string& uuid, switch_core_session_t* session, const CallCommand& command,
              const std::function<InterfaceHold()>& hold) {
    return std::visit(CallActions{module, uuid, session, hold}, command);
}

}  // namespace asr_stream::freeswitch
