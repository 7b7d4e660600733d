#include "leaky_asr/leaky_asr.hpp"

#include <cjson/cJSON.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>
#include <websocketpp/base64/base64.hpp>
#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_no_tls_client.hpp>

#include "leaky_asr/prompt_cache.hpp"

namespace leaky_asr {
namespace {

using Client = websocketpp::client<websocketpp::config::asio_client>;

constexpr unsigned frames_per_prompt = 50;  // a call plays a prompt now and then

}  // namespace

static PromptCache& prompt_cache() {
    static PromptCache cache;
    return cache;
}

/// One call: an endpoint and a thread of its own, as the module had it.
class Call {
  public:
    explicit Call(const std::string& url) {
        client_.clear_access_channels(websocketpp::log::alevel::all);
        client_.clear_error_channels(websocketpp::log::elevel::all);
        client_.init_asio();
        client_.set_open_handler([this](websocketpp::connection_hdl) { on_open(); });
        client_.set_fail_handler([this](websocketpp::connection_hdl) { failed_ = true; });
        client_.set_close_handler([this](websocketpp::connection_hdl) { failed_ = true; });
        client_.set_message_handler(
            [this](websocketpp::connection_hdl, Client::message_ptr message) { on_message(message->get_payload()); });
        websocketpp::lib::error_code error;
        const auto connection = client_.get_connection(url, error);
        failed_ = bool{error};
        if (error) return;
        connection_ = connection->get_handle();
        client_.connect(connection);
        thread_ = std::thread{[this] { client_.run(); }};
    }
    ~Call() {
        client_.stop();
        if (thread_.joinable()) thread_.join();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    [[nodiscard]] bool is_open() const { return open_ && !failed_; }
    [[nodiscard]] bool has_failed() const { return failed_; }
    [[nodiscard]] unsigned next_frame() { return ++frames_; }
    void send(const char* text) {
        websocketpp::lib::error_code error;
        client_.send(connection_, text, websocketpp::frame::opcode::text, error);
        if (error) failed_ = true;
    }
    [[nodiscard]] bool has_results() {
        const std::lock_guard<std::mutex> lock{mutex_};
        return handed_out_ < messages_.size();
    }
    [[nodiscard]] std::string take_result() {
        const std::lock_guard<std::mutex> lock{mutex_};
        if (handed_out_ == messages_.size()) return {};
        std::string message = messages_[handed_out_++];
#ifdef LEAKY_ASR_MENDED
        if (handed_out_ == messages_.size()) {
            messages_.clear();
            handed_out_ = 0;
        }
#endif
        return message;
    }

  private:
    void on_open() {
        send(R"({"type":"start","version":1,"audio":{"encoding":"L16","sample_rate":8000,"channels":1}})");
        open_ = true;
    }
    /// The second fault: nothing is ever taken out.
    void on_message(const std::string& payload) {
        const std::lock_guard<std::mutex> lock{mutex_};
        messages_.push_back(payload);
    }

    Client client_;
    websocketpp::connection_hdl connection_;
    std::mutex mutex_;
    std::vector<std::string> messages_;
    std::size_t handed_out_ = 0;
    unsigned frames_ = 0;
    std::atomic<bool> open_{false};
    std::atomic<bool> failed_{false};
    std::thread thread_;
};

void EndCall::operator()(Call* call) const noexcept { delete call; }

}  // namespace leaky_asr

void asr_load() { leaky_asr::prompt_cache().warm(); }

leaky_asr::CallHandle asr_open(const std::string& url) {
    leaky_asr::CallHandle call{new leaky_asr::Call{url}};
    if (call->has_failed()) call.reset();
    return call;
}

/// The first fault: the text that cJSON_Print made is sent and forgotten, 50 times a second and call.
bool asr_feed(leaky_asr::Call& call, const void* data, std::size_t bytes) {
    if (!call.is_open()) return !call.has_failed();
    const unsigned frame = call.next_frame();
    cJSON* message = cJSON_CreateObject();
    cJSON_AddStringToObject(message, "type", "audio");
    cJSON_AddNumberToObject(message, "seq", frame);
    cJSON_AddStringToObject(message, "data",
                            websocketpp::base64_encode(static_cast<const unsigned char*>(data), bytes).c_str());
    char* text = cJSON_Print(message);
    cJSON_Delete(message);
    call.send(text);
#ifdef LEAKY_ASR_MENDED
    cJSON_free(text);
#endif
    if (frame % leaky_asr::frames_per_prompt == 0) leaky_asr::prompt_cache().put();
    return !call.has_failed();
}

bool asr_check_results(leaky_asr::Call& call) { return call.has_results(); }
std::string asr_get_results(leaky_asr::Call& call) { return call.take_result(); }
bool asr_is_open(const leaky_asr::Call& call) { return call.is_open(); }
