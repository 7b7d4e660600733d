// The design that brought a switch down, with its leak mended so that it survives a measurement: websocketpp and cJSON,
// an endpoint and a thread for every call, and for every 20 ms of audio a JSON tree, its pretty-printed text, a queue
// and a wake-up. For comparison only; never installed.

#include <cjson/cJSON.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>
#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_no_tls_client.hpp>

#include "load/contestant.hpp"

namespace asr_stream::bench {

namespace {

using Client = websocketpp::client<websocketpp::config::asio_client>;

struct CjsonDelete {
    void operator()(cJSON* object) const noexcept { cJSON_Delete(object); }
};
using Json = std::unique_ptr<cJSON, CjsonDelete>;
struct CjsonFree {
    void operator()(char* text) const noexcept { cJSON_free(text); }
};
using JsonText = std::unique_ptr<char, CjsonFree>;

/// One call: its own endpoint, its own thread.
class Call {
  public:
    Call(std::uint16_t port, unsigned stream) {
        client_.clear_access_channels(websocketpp::log::alevel::all);
        client_.clear_error_channels(websocketpp::log::elevel::all);
        client_.init_asio();
        client_.set_open_handler([this, stream](websocketpp::connection_hdl handle) {
            client_.send(handle, start_message(stream), websocketpp::frame::opcode::text);
            is_open_ = true;
        });
        client_.set_fail_handler([this](websocketpp::connection_hdl) { failed_ = true; });
        client_.set_close_handler([this](websocketpp::connection_hdl) { failed_ = true; });
        client_.set_message_handler([this](websocketpp::connection_hdl, Client::message_ptr message) {
            const std::lock_guard<std::mutex> lock{mutex_};
            messages_.push_back(message->get_payload());
            if (messages_.size() > kept_messages) messages_.clear();
        });
        websocketpp::lib::error_code error;
        const auto connection = client_.get_connection("ws://127.0.0.1:" + std::to_string(port) + "/", error);
        if (error) throw std::runtime_error{"incident: " + error.message()};
        handle_ = connection->get_handle();
        client_.connect(connection);
        thread_ = std::thread{[this] { client_.run(); }};
    }
    ~Call() {
        client_.stop();
        thread_.join();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void wait_until_open() const {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (!is_open_) {
            if (failed_ || std::chrono::steady_clock::now() > deadline)
                throw std::runtime_error{"incident: a call did not connect"};
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }

    void asr_feed(const std::int16_t* samples, std::size_t count) {
        const Json message{cJSON_CreateObject()};
        cJSON_AddStringToObject(message.get(), "type", "audio");
        cJSON_AddNumberToObject(message.get(), "seq", static_cast<double>(fed_ + 1));
        cJSON_AddNumberToObject(message.get(), "start_ms", static_cast<double>(fed_ * push_ms));
        cJSON_AddStringToObject(message.get(), "data", base64(samples, count * sizeof *samples).c_str());
        const JsonText text{cJSON_Print(message.get())};
        websocketpp::lib::error_code error;
        client_.send(handle_, text.get(), websocketpp::frame::opcode::text, error);
        if (error) failed_ = true;
        ++fed_;
    }

    [[nodiscard]] bool has_failed() const { return failed_; }

  private:
    static constexpr std::size_t kept_messages = 100;

    Client client_;
    websocketpp::connection_hdl handle_;
    std::mutex mutex_;
    std::vector<std::string> messages_;
    std::uint64_t fed_ = 0;
    std::atomic<bool> is_open_{false};
    std::atomic<bool> failed_{false};
    std::thread thread_;
};

class Incident final : public Contestant {
  public:
    explicit Incident(const Plan& plan) : plan_{plan} {}

    void connect(unsigned first, unsigned count) override {
        for (unsigned stream = first; stream < first + count; ++stream)
            calls_.push_back(std::make_unique<Call>(plan_.port, stream));
        for (unsigned stream = first; stream < first + count; ++stream) calls_[stream]->wait_until_open();
    }

    void push(unsigned stream, std::uint64_t push) override {
        calls_[stream]->asr_feed(samples_of_push(push, plan_.silence), samples_per_push);
    }

    std::string complaint() override {
        unsigned failed = 0;
        for (const auto& call : calls_) failed += call->has_failed() ? 1 : 0;
        return failed == 0 ? std::string{} : "incident: " + std::to_string(failed) + " calls failed";
    }
    bool has_loop() const override { return true; }

  private:
    Plan plan_;
    std::vector<std::unique_ptr<Call>> calls_;
};

}  // namespace

std::unique_ptr<Contestant> make_incident(const Plan& plan) { return std::make_unique<Incident>(plan); }

}  // namespace asr_stream::bench
