#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "esl_filter.hpp"
#include "event_bus.hpp"
#include "thread.hpp"

namespace miniswitch {

/// One client of the event socket.
class EslConnection : public EventConsumer, public std::enable_shared_from_this<EslConnection> {
  public:
    EslConnection(int socket, std::string password) : socket_{socket}, password_{std::move(password)} {}
    ~EslConnection() override;

    [[nodiscard]] bool start();
    /// Says goodbye, waits for jobs that run, and ends.
    void stop();
    [[nodiscard]] bool has_ended() const { return ended_; }
    void on_event(const switch_event_t& event) override;

  private:
    static constexpr std::size_t queue_limit = 100000;  // events; more are dropped, as FreeSWITCH does

    struct Request {
        std::string command;
        std::string job;  // Job-UUID, if the client chose one
    };
    void read();
    void write();
    [[nodiscard]] bool read_request(Request& request);
    /// False after exit or a wrong password.
    [[nodiscard]] bool obey(const Request& request);
    void start_job(const Request& request);
    void reply(const std::string& text);
    void send(std::string message);

    const int socket_;
    const std::string password_;
    bool is_authorized_ = false;
    std::string received_;
    std::mutex filter_mutex_;
    EslFilter filter_;

    std::mutex queue_mutex_;
    std::condition_variable queue_changed_;
    std::deque<std::string> queue_;
    bool is_closing_ = false;

    std::atomic<bool> ended_{false};
    std::deque<Thread> jobs_;  // of the reading thread
    Thread reader_;
    Thread writer_;
};

}  // namespace miniswitch
