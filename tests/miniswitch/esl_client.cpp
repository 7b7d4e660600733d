#include "esl_client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "commands.hpp"

namespace miniswitch {

std::string EslFilter::obey(const std::string& verb, const std::string& arguments) {
    if (verb == "event") return choose(arguments, true);
    if (verb == "nixevent") return choose(arguments, false);
    if (verb == "filter") return filter(words(arguments));
    if (verb != "noevents") return "-ERR command not found: " + verb;
    names_.clear();
    return "+OK no longer listening for events";
}

// "[plain|json] NAME... [CUSTOM SUBCLASS...]": after CUSTOM every word is a subclass.
std::string EslFilter::choose(const std::string& arguments, bool is_wanted) {
    bool is_custom = false;
    bool is_any = false;
    for (const auto& name : words(arguments)) {
        if (is_wanted && !is_any && (name == "plain" || name == "json")) is_json_ = name == "json";
        if (!is_custom && !event_id(name)) continue;  // FreeSWITCH too passes over names that it does not know
        is_any = true;
        (is_wanted ? names_ : nixed_).insert(name);
        (is_wanted ? nixed_ : names_).erase(name);
        is_custom = is_custom || same(name, "CUSTOM");
    }
    if (!is_any) return "-ERR no keywords supplied";
    if (!is_wanted && nixed_.erase("ALL") != 0) names_.clear();
    nixed_.erase("CUSTOM");
    return is_wanted ? std::string{"+OK event listener enabled "} + (is_json_ ? "json" : "plain") : "+OK events nixed";
}

// "[add] HEADER VALUE" or "delete HEADER|all [VALUE]".
std::string EslFilter::filter(std::vector<std::string> argv) {
    const bool is_deletion = !argv.empty() && argv[0] == "delete";
    if (is_deletion || (argv.size() > 2 && argv[0] == "add")) argv.erase(argv.begin());
    if (argv.empty() || (!is_deletion && argv.size() < 2)) return "-ERR invalid syntax";
    const auto value = argv.size() > 1 ? argv[1] : "";
    if (!is_deletion) headers_.emplace_back(argv[0], value);
    if (is_deletion)
        std::erase_if(headers_, [&](const auto& header) {
            return argv[0] == "all" || (same(header.first, argv[0]) && (value.empty() || header.second == value));
        });
    return std::string{"+OK filter "} + (is_deletion ? "deleted" : "added") + ". [" + argv[0] + "]=[" + value + "]";
}

bool EslFilter::wants(const switch_event_t& event) const {
    const auto name = event.subclass_name != nullptr ? event.subclass_name : event_name(event.event_id);
    if (nixed_.contains(name) || (!names_.contains("ALL") && !names_.contains(name))) return false;
    return headers_.empty() || std::ranges::any_of(headers_, [&event](const auto& wanted) {
               return same(or_empty(header(event, wanted.first)), wanted.second);
           });
}

EslClient::~EslClient() {
    thread_.join();
    close(socket_);
}

void EslClient::start() {
    const int on = 1;
    const timeval patience{5, 0};
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ended_ = !thread_.start("esl-client", [this] { serve(); });
}

void EslClient::stop() {
    shutdown(socket_, SHUT_RD);
    thread_.join();
}

void EslClient::serve() {
    event_bus().add(shared_from_this());
    send("Content-Type: auth/request\n\n");
    std::string request;
    while (read(request)) {
        std::string job;
        const auto lines = words(request, SIZE_MAX, '\n');
        for (const auto& line : lines)
            if (same(line.substr(0, 9), "Job-UUID:")) job = trim(line.substr(9));
        if (!lines.empty() && !obey(std::string{trim(lines[0])}, std::move(job))) break;
    }
    jobs_.clear();
    event_bus().remove(this);
    send("Content-Type: text/disconnect-notice\nContent-Length: 14\n\nDisconnected.\n");
    shutdown(socket_, SHUT_RDWR);
    ended_ = true;
}

bool EslClient::read(std::string& request) {
    std::size_t end = 0;
    while ((end = received_.find("\n\n")) == std::string::npos) {
        std::array<char, 4096> buffer{};
        const auto size = recv(socket_, buffer.data(), buffer.size(), 0);
        if (size <= 0 || received_.size() > 1'000'000) return false;
        received_.append(buffer.data(), static_cast<std::size_t>(size));
        std::erase(received_, '\r');
    }
    request = received_.substr(0, end);
    received_.erase(0, end + 2);
    return true;
}

bool EslClient::obey(const std::string& command, std::string job) {
    auto argv = words(command, 2);
    argv.resize(2);
    const auto& [verb, rest] = std::tie(argv[0], argv[1]);
    if (verb == "exit") return reply("+OK bye"), false;
    if (!is_authorized_) {
        is_authorized_ = verb == "auth" && rest == password_;
        return reply(is_authorized_ ? "+OK accepted" : "-ERR invalid"), is_authorized_;
    }
    if (verb == "api") {
        const auto answer = run_api(rest);
        send("Content-Type: api/response\nContent-Length: " + std::to_string(answer.size()) + "\n\n" + answer);
    } else if (verb == "bgapi") {
        start_job(rest, job.empty() ? new_uuid() : std::move(job));
    } else {
        const std::lock_guard guard{filter_mutex_};
        reply(filter_.obey(verb, rest));
    }
    return true;
}

void EslClient::start_job(const std::string& command, const std::string& job) {
    const auto run = [command, job] {
        auto event = make_event(SWITCH_EVENT_BACKGROUND_JOB);
        add_header(*event, "Job-UUID", job);
        add_header(*event, "Job-Command", command.substr(0, command.find(' ')));
        switch_event_set_body(event.get(), run_api(command).c_str());
        event_bus().fire(std::move(event));
    };
    while (jobs_.size() > 64) jobs_.pop_front();  // joins the oldest
    if (!jobs_.emplace_back().start("esl-job", run)) return reply("-ERR no thread");
    reply("+OK Job-UUID: " + job + "\nJob-UUID: " + job);
}

void EslClient::reply(const std::string& text) { send("Content-Type: command/reply\nReply-Text: " + text + "\n\n"); }

// Who does not read for 5 s is cut off: until then it holds up the dispatch thread, and so every other client.
void EslClient::send(const std::string& message) {
    const std::lock_guard guard{send_mutex_};
    std::string_view left = message;
    while (!left.empty()) {
        const auto sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
        if (sent <= 0) return static_cast<void>(shutdown(socket_, SHUT_RDWR));
        left.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void EslClient::on_event(const switch_event_t& event) {
    std::unique_lock guard{filter_mutex_};
    if (!filter_.wants(event)) return;
    const bool is_json = filter_.is_json();
    guard.unlock();
    const auto text = is_json ? to_json(event) : to_plain(event);
    send("Content-Length: " + std::to_string(text.size()) + "\nContent-Type: text/event-" +
         (is_json ? "json" : "plain") + "\n\n" + text);
}

}  // namespace miniswitch
