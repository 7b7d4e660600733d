#include "esl_connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "commands.hpp"
#include "log.hpp"
#include "text.hpp"

namespace miniswitch {

EslConnection::~EslConnection() {
    reader_.join();
    writer_.join();
    close(socket_);
}

bool EslConnection::start() {
    send("Content-Type: auth/request\n\n");
    return writer_.start("esl-write", [this] { write(); }) && reader_.start("esl-read", [this] { read(); });
}

void EslConnection::stop() {
    shutdown(socket_, SHUT_RD);
    reader_.join();
}

void EslConnection::read() {
    event_bus().add(shared_from_this());
    Request request;
    while (read_request(request) && obey(request)) {
    }
    jobs_.clear();
    event_bus().remove(this);
    send("Content-Type: text/disconnect-notice\nContent-Length: 14\n\nDisconnected.\n");
    {
        const std::lock_guard guard{queue_mutex_};
        is_closing_ = true;
    }
    queue_changed_.notify_all();
    writer_.join();
    shutdown(socket_, SHUT_RDWR);
    ended_ = true;
}

void EslConnection::write() {
    std::unique_lock guard{queue_mutex_};
    for (;;) {
        queue_changed_.wait(guard, [this] { return is_closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const auto message = std::move(queue_.front());
        queue_.pop_front();
        guard.unlock();
        std::string_view left = message;
        while (!left.empty()) {
            const auto sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
            if (sent <= 0) break;
            left.remove_prefix(static_cast<std::size_t>(sent));
        }
        guard.lock();
    }
}

bool EslConnection::read_request(Request& request) {
    std::size_t end = 0;
    while ((end = received_.find("\n\n")) == std::string::npos) {
        std::array<char, 4096> buffer{};
        const auto size = recv(socket_, buffer.data(), buffer.size(), 0);
        if (size <= 0 || received_.size() > 1'000'000) return false;
        for (const char c : std::string_view{buffer.data(), static_cast<std::size_t>(size)})
            if (c != '\r') received_.push_back(c);
    }
    const auto lines = words(std::string_view{received_}.substr(0, end), '\n');
    received_.erase(0, end + 2);
    request = {lines.empty() ? "" : std::string{trim(lines[0])}, {}};
    for (std::size_t i = 1; i < lines.size(); ++i)
        if (same(lines[i].substr(0, 9), "Job-UUID:")) request.job = trim(lines[i].substr(9));
    return true;
}

bool EslConnection::obey(const Request& request) {
    const auto argv = words(request.command, ' ', 2);
    const std::string verb = argv.empty() ? "" : argv[0];
    const std::string rest = argv.size() > 1 ? argv[1] : "";
    if (verb == "exit") return reply("+OK bye"), false;
    if (verb == "auth") is_authorized_ = rest == password_;
    if (!is_authorized_) return reply(verb == "auth" ? "-ERR invalid" : "-ERR command not found"), false;
    if (verb == "auth") {
        reply("+OK accepted");
    } else if (verb == "api") {
        const auto words_of = words(rest, ' ', 2);
        auto answer = words_of.empty() ? "" : run_api(words_of[0], words_of.size() > 1 ? words_of[1] : "");
        if (answer.empty()) answer = "-ERR no reply\n";
        send("Content-Type: api/response\nContent-Length: " + std::to_string(answer.size()) + "\n\n" + answer);
    } else if (verb == "bgapi") {
        start_job({rest, request.job.empty() ? new_uuid() : request.job});
    } else {
        const std::lock_guard guard{filter_mutex_};
        reply(filter_.obey(verb, rest));
    }
    return true;
}

void EslConnection::start_job(const Request& request) {
    const auto run = [request] {
        const auto argv = words(request.command, ' ', 2);
        const auto arguments = argv.size() > 1 ? argv[1] : "";
        auto event = make_event(SWITCH_EVENT_BACKGROUND_JOB);
        add_header(*event, "Job-UUID", request.job);
        add_header(*event, "Job-Command", argv.empty() ? "" : argv[0]);
        if (!arguments.empty()) add_header(*event, "Job-Command-Arg", arguments);
        set_body(*event, argv.empty() ? "-ERR no command\n" : run_api(argv[0], arguments));
        event_bus().fire(std::move(event));
    };
    while (jobs_.size() > 64) jobs_.pop_front();  // joins the oldest
    if (!jobs_.emplace_back().start("esl-job", run)) return reply("-ERR no thread");
    send("Content-Type: command/reply\nReply-Text: +OK Job-UUID: " + request.job + "\nJob-UUID: " + request.job +
         "\n\n");
}

void EslConnection::reply(const std::string& text) {
    send("Content-Type: command/reply\nReply-Text: " + text + "\n\n");
}

void EslConnection::send(std::string message) {
    {
        const std::lock_guard guard{queue_mutex_};
        queue_.push_back(std::move(message));
    }
    queue_changed_.notify_all();
}

void EslConnection::on_event(const switch_event_t& event) {
    EslFilter::Format format{};
    {
        const std::lock_guard guard{filter_mutex_};
        if (!filter_.wants(event)) return;
        format = filter_.format();
    }
    {
        const std::lock_guard guard{queue_mutex_};
        if (is_closing_ || queue_.size() >= queue_limit) return;
    }
    const bool is_json = format == EslFilter::Format::json;
    const auto text = is_json ? to_json(event) : to_plain(event);
    send("Content-Length: " + std::to_string(text.size()) + "\nContent-Type: text/event-" +
         (is_json ? "json" : "plain") + "\n\n" + text);
}

}  // namespace miniswitch
