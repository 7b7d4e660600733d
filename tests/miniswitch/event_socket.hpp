#pragma once

#include <memory>
#include <string>
#include <vector>

#include "thread.hpp"

namespace miniswitch {

class EslClient;

/// The server of the event-socket protocol.
class EventSocket {
  public:
    /// "ADDRESS:PORT", port 0: the system's choice. The port, or 0 and a line in the log.
    [[nodiscard]] unsigned start(const std::string& listen, const std::string& password);
    void stop();

  private:
    void accept_clients(const std::string& password);

    int listener_ = -1;
    std::mutex mutex_;
    std::vector<std::shared_ptr<EslClient>> clients_;
    Thread thread_;
};

}  // namespace miniswitch
