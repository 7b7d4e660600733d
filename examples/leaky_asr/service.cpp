// A speech-recognition service without recognition: answers each fifth frame with a partial and each hundredth with a
// final, as services do. Prints its port, then serves on the loopback address until its standard input ends.
#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

namespace {

using Server = websocketpp::server<websocketpp::config::asio>;

constexpr unsigned frames_per_partial = 5;
constexpr unsigned frames_per_final = 100;
constexpr const char* spoken = " please and if you can tomorrow morning at nine or else in the afternoon";

class Service {
  public:
    Service() {
        server_.clear_access_channels(websocketpp::log::alevel::all);
        server_.clear_error_channels(websocketpp::log::elevel::all);
        server_.init_asio();
        server_.set_reuse_addr(true);
        server_.set_listen_backlog(1024);
        server_.set_close_handler([this](websocketpp::connection_hdl connection) { frames_.erase(connection); });
        server_.set_message_handler([this](websocketpp::connection_hdl connection, Server::message_ptr message) {
            answer(connection, message->get_payload());
        });
        server_.listen(
            websocketpp::lib::asio::ip::tcp::endpoint{websocketpp::lib::asio::ip::address_v4::loopback(), 0});
        server_.start_accept();
    }
    [[nodiscard]] unsigned port() {
        websocketpp::lib::asio::error_code error;
        return server_.get_local_endpoint(error).port();
    }
    void run() { server_.run(); }
    void stop() { server_.stop(); }

  private:
    void answer(const websocketpp::connection_hdl& connection, const std::string& request) {
        if (request.find("\"stop\"") != std::string::npos) return send(connection, R"({"type":"end"})");
        if (request.find("\"audio\"") == std::string::npos || request.find("\"start\"") != std::string::npos) return;
        const unsigned frame = ++frames_[connection];
        const std::string number = std::to_string(frame);
        if (frame % frames_per_final == 0)
            send(connection, R"({"type":"final","confidence":0.9,"text":"yes I would like to have number )" + number +
                                 spoken + R"("})");
        else if (frame % frames_per_partial == 0)
            send(connection,
                 R"({"type":"partial","text":"yes I would like to have number )" + number + spoken + R"("})");
    }
    void send(const websocketpp::connection_hdl& connection, const std::string& text) {
        websocketpp::lib::error_code ignored;  // the caller has gone: its close handler follows
        server_.send(connection, text, websocketpp::frame::opcode::text, ignored);
    }

    Server server_;
    std::map<websocketpp::connection_hdl, unsigned, std::owner_less<websocketpp::connection_hdl>> frames_;
};

}  // namespace

int main() {
    try {
        Service service;
        std::printf("%u\n", service.port());
        std::fflush(stdout);
        std::thread end_of_input{[&] {
            char ignored = 0;
            while (read(STDIN_FILENO, &ignored, 1) > 0) {
            }
            service.stop();
        }};
        service.run();
        end_of_input.join();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "service: %s\n", error.what());
        return 1;
    }
    return 0;
}
