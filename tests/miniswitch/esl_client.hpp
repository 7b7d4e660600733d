#pragma once

#include <atomic>

#include "event.hpp"
#include "thread.hpp"

namespace miniswitch {

/// Which events one client of the event socket wants.
class EslFilter {
  public:
    /// event, nixevent, noevents, filter: gives the reply.
    [[nodiscard]] std::string obey(const std::string& verb, const std::string& arguments);
    [[nodiscard]] bool wants(const switch_event_t& event) const;
    [[nodiscard]] bool is_json() const { return is_json_; }

  private:
    [[nodiscard]] std::string choose(const std::string& arguments, bool is_wanted);
    [[nodiscard]] std::string filter(std::vector<std::string> arguments);

    bool is_json_ = false;
    std::set<std::string, NoCase> names_;  // of events and subclasses
    std::set<std::string, NoCase> nixed_;
    std::vector<std::pair<std::string, std::string>> headers_;
};

/// One client: a thread that reads its commands. Events are written by the dispatch thread.
class EslClient : public EventConsumer, public std::enable_shared_from_this<EslClient> {
  public:
    EslClient(int socket, std::string password) : socket_{socket}, password_{std::move(password)} {}
    ~EslClient() override;

    void start();
    /// Ends its thread and waits for the jobs that run.
    void stop();
    [[nodiscard]] bool has_ended() const { return ended_; }
    void on_event(const switch_event_t& event) override;

  private:
    void serve();
    [[nodiscard]] bool read(std::string& request);
    /// False after exit or a wrong password.
    [[nodiscard]] bool obey(const std::string& command, std::string job);
    void start_job(const std::string& command, const std::string& job);
    void reply(const std::string& text);
    void send(const std::string& message);

    const int socket_;
    const std::string password_;
    bool is_authorized_ = false;
    std::string received_;
    std::mutex filter_mutex_;
    EslFilter filter_;
    std::mutex send_mutex_;
    std::atomic<bool> ended_{false};
    std::deque<Thread> jobs_;  // of the reading thread
    Thread thread_;
};

}  // namespace miniswitch
