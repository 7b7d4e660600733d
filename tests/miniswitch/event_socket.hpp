#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "thread.hpp"

namespace miniswitch {

class EslConnection;

/// The server of the event-socket protocol. Each client has a thread that reads its commands and one that writes to it.
class EventSocket {
  public:
    /// "ADDRESS:PORT", port 0: the system's choice. Empty when it listens, otherwise why not.
    [[nodiscard]] std::string start(const std::string& listen, std::string password);
    [[nodiscard]] std::uint16_t port() const { return port_; }
    void stop();

  private:
    void accept_clients();
    void forget_ended();

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::string password_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<EslConnection>> connections_;
    Thread thread_;
};

}  // namespace miniswitch
