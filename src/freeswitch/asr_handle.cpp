#include "freeswitch/asr_handle.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "dialect/dialects.hpp"
#include "freeswitch/call_log.hpp"
#include "freeswitch/module.hpp"
#include "freeswitch/same_session.hpp"

namespace asr_stream::freeswitch {
namespace {

constexpr std::string_view profile_parameter = "profile";
constexpr std::size_t max_parameters = 256;  ///< as many as the switch takes out of {name=value,...}

/// What scripts can cause, one line a second for all calls together.
LogTopic& refusals() {
    static LogTopic topic;
    return topic;
}

/// "No_Input-Timeout" is no-input-timeout: other recognizers' scripts write names in many ways.
std::string parameter_name(std::string_view name) {
    std::string plain{name};
    std::transform(plain.begin(), plain.end(), plain.begin(),
                   [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
    return plain;
}

bool has(const std::vector<KeyValue>& parameters, std::string_view name) {
    return std::any_of(parameters.begin(), parameters.end(), [name](const KeyValue& one) { return one.first == name; });
}

}  // namespace

/// Finds its recognizer only while that lives, and is heard only while its stream is the recognizer's.
class AsrHandle::StreamListener final : public Listener {
  public:
    StreamListener(std::weak_ptr<AsrHandle> handle, std::uint64_t number) noexcept
        : handle_{std::move(handle)}, number_{number} {}

    void on_event(const Event& event) noexcept override {
        try {
            if (const auto handle = handle_.lock()) handle->on_event(number_, event);
        } catch (...) {  // no memory for a result: the recognition's timers still end it
            log_line(LogLevel::error, {}, "a result was lost: out of memory");
        }
    }

  private:
    const std::weak_ptr<AsrHandle> handle_;
    const std::uint64_t number_;
};

Result<Door<AsrHandle>> AsrHandle::open(AsrSetup setup) {
    const auto module = Module::current();
    if (!module) return fail(Errc::shutting_down);
    std::shared_ptr<AsrHandle> handle{new AsrHandle{std::move(setup), module->handles()}};
    auto profile = handle->profile_for(handle->wanted());
    if (!profile) return tl::unexpected{std::move(profile).error()};
    const bool is_warm = profile->call.warm;
    const auto settings = recognition_settings(profile->call, profile->interim, profile->stall_timeout, false);
    handle->plan_ = std::make_shared<const Plan>(Plan{*std::move(profile), {}, settings});
    if (is_warm) handle->connect_early(handle->plan_->profile);
    Door<AsrHandle>::Opening opening{handle.get()};
    handle->door_ = opening.door();
    handle->table_->add(handle);
    opening.keep();
    return handle->door_;
}

void AsrHandle::connect_early(const Profile& profile) {
    const auto opened = open_stream(++stream_number_, profile);
    if (!opened) refusals().write(LogLevel::warning, setup_.uuid, "not connected early: " + opened.error().message());
}

void AsrHandle::set_parameter(std::string_view name, std::string_view value) {
    const std::lock_guard control{control_};
    if (fresh_.size() >= max_parameters)
        return refusals().write(LogLevel::warning, setup_.uuid, "more parameters than a grammar may have: ignored");
    fresh_.emplace_back(parameter_name(name), value);
}

AsrHandle::Wanted AsrHandle::wanted() const {
    Wanted wanted{profile_name_, {}};
    for (const auto& [name, value] : fresh_)
        if (name == profile_parameter) wanted.profile = value;
    if (!setup_.url.empty()) wanted.parameters.emplace_back("url", setup_.url);
    // What was set for another profile is not meant for this one.
    if (wanted.profile == profile_name_)
        for (const auto& one : parameters_)
            if (!has(fresh_, one.first)) wanted.parameters.push_back(one);
    for (const auto& one : fresh_)
        if (one.first != profile_parameter) wanted.parameters.push_back(one);
    return wanted;
}

Result<Profile> AsrHandle::profile_for(const Wanted& wanted) const {
    const auto module = Module::current();
    if (!module) return fail(Errc::shutting_down);
    return module->profile_for(setup_.session, wanted.profile, wanted.parameters);
}

tl::expected<AsrHandle::SharedPlan, Completion> AsrHandle::make_plan(std::string_view text,
                                                                     const Wanted& wanted) const {
    auto profile = profile_for(wanted);
    if (!profile) return tl::unexpected{Completion{Cause::grammar_load_failure, profile.error().message()}};
    auto grammar = read_grammar(text, {.directory = std::string{view(SWITCH_GLOBAL_dirs.grammar_dir)},
                                       .language = profile->language,
                                       .dialect = profile->dialect});
    if (!grammar) return tl::unexpected{std::move(grammar).error()};
    profile->grammar = grammar->text;
    if (!dialect::takes_grammar(profile->dialect) && profile->hints.empty()) profile->hints = grammar->hints;
    const auto settings =
        recognition_settings(profile->call, profile->interim, profile->stall_timeout, grammar->keys_are_input);
    return std::make_shared<const Plan>(Plan{*std::move(profile), *std::move(grammar), settings});
}

bool AsrHandle::load_grammar(std::string_view text) {
    const std::lock_guard control{control_};
    auto wanted_now = wanted();
    auto plan = make_plan(text, wanted_now);
    fresh_.clear();
    if (!plan) {
        refusals().write(LogLevel::error, setup_.uuid, plan.error().reason());
        refuse(std::move(plan).error());
        return false;
    }
    profile_name_ = std::move(wanted_now.profile);
    parameters_ = std::move(wanted_now.parameters);
    begin(*plan);
    return true;
}

void AsrHandle::begin(const SharedPlan& plan) {
    if (begin_on_running_stream(plan)) return advise();
    const std::uint64_t number = begin_on_new_stream(plan);
    if (number == 0) return;
    auto opened = open_stream(number, plan->profile);
    if (opened) return;
    refusals().write(LogLevel::error, setup_.uuid, "no stream: " + opened.error().message());
    refuse({cause_of(opened.error()), opened.error().message()});
}

bool AsrHandle::begin_on_running_stream(const SharedPlan& plan) {
    const std::lock_guard lock{mutex_};
    if (closed_ || !stream_ || stream_->is_ending() || recognition_.needs_new_session()) return false;
    if (!same_session(stream_->profile(), plan->profile)) return false;
    plan_ = plan;
    has_grammar_ = true;
    recognition_.start(plan->settings, now(), false);
    refresh();
    return true;
}

/// The number of the stream to be opened; 0 when the recognizer was closed.
std::uint64_t AsrHandle::begin_on_new_stream(const SharedPlan& plan) {
    std::shared_ptr<CallStream> before;
    std::uint64_t number = 0;
    {
        const std::lock_guard lock{mutex_};
        if (closed_) return 0;
        plan_ = plan;
        has_grammar_ = true;
        number = ++stream_number_;
        swap_stream(before);
        recognition_.start(plan->settings, {}, true);
        refresh();
    }
    if (before) before->hang_up();
    return number;
}

Result<> AsrHandle::open_stream(std::uint64_t number, const Profile& profile) {
    const auto module = Module::current();
    if (!module) return fail(Errc::shutting_down);
    OpenRequest request;
    request.uuid = setup_.uuid;
    // A stream that the API started may have the usual name.
    if (module->find_stream(setup_.uuid, request.name)) request.name = "recognition";
    request.profile = profile;
    request.sample_rate = setup_.rate;
    request.origin = StreamOrigin::recognition;
    request.has_call = has_call();
    request.listener = std::make_shared<StreamListener>(weak_from_this(), number);
    request.hold = InterfaceHold{setup_.interface};
    auto stream = module->open_stream(std::move(request));
    if (!stream) return tl::unexpected{std::move(stream).error()};
    install(number, *std::move(stream));
    return {};
}

void AsrHandle::install(std::uint64_t number, std::shared_ptr<CallStream> stream) {
    {
        const std::lock_guard lock{mutex_};
        if (!closed_ && number == stream_number_) {
            swap_stream(stream);
            stream.reset();
            refresh();
        }
    }
    if (stream) stream->abort();  // the recognizer was closed meanwhile
    advise();
}

void AsrHandle::refuse(Completion completion) {
    {
        const std::lock_guard lock{mutex_};
        if (closed_) return;
        has_grammar_ = false;
        recognition_.start_failed(std::move(completion));
        refresh();
    }
    advise();
}

void AsrHandle::unload_grammar() {
    const std::lock_guard control{control_};
    {
        const std::lock_guard lock{mutex_};
        has_grammar_ = false;
        recognition_.pause();
        refresh();
    }
    advise();
}

bool AsrHandle::resume() {
    const std::lock_guard control{control_};
    SharedPlan plan;
    {
        const std::lock_guard lock{mutex_};
        if (closed_ || !has_grammar_) return false;
        if (recognition_.is_active()) return true;
        plan = plan_;
    }
    begin(plan);
    return true;
}

void AsrHandle::pause() {
    const std::lock_guard control{control_};
    {
        const std::lock_guard lock{mutex_};
        recognition_.pause();
        refresh();
    }
    advise();
}

void AsrHandle::start_input_timers() {
    const std::lock_guard lock{mutex_};
    recognition_.start_input_timers(now());
    refresh();
}

void AsrHandle::feed_dtmf(char digit) {
    std::shared_ptr<CallStream> stream;
    {
        const std::lock_guard lock{mutex_};
        recognition_.on_key(now());
        refresh();
        stream = stream_;
    }
    if (stream) stream->send_dtmf(digit);
}

void AsrHandle::close() noexcept {
    std::shared_ptr<CallStream> stream;
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        recognition_.pause();
        swap_stream(stream);
        refresh();
    }
    if (stream) stream->hang_up();
}

void AsrHandle::let_go() noexcept {
    const auto table = table_;  // outlives this
    table->remove(*this);
}

}  // namespace asr_stream::freeswitch
