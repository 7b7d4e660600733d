#pragma once

#include <cstddef>
#include <string>

/// Plays a number of calls at the pace of real audio, without a switch, against a service of its own process.
namespace leaky_asr {

/// A client under load. One thread calls it.
class Client {
  public:
    virtual ~Client() = default;
    virtual void open(std::size_t call, const std::string& url) = 0;
    /// 20 ms of 8 kHz L16. False when the call is lost.
    virtual bool feed(std::size_t call, const void* data, std::size_t bytes) = 0;
    virtual void close(std::size_t call) = 0;
};

struct Load {
    std::size_t calls = 50;
    double seconds = 40;
    double call_seconds = 0;  ///< a call ends after this long and another begins; 0: calls last as long as the load
    bool abandon = false;     ///< ends the process in the middle of the calls
    double told_every = 5;    ///< seconds between two lines with the resident memory; 0 for none
    std::string service;      ///< program to start
};

/// Reads --calls, --seconds, --call-seconds, --abandon and --quiet; the service is beside the program. Throws
/// std::runtime_error.
[[nodiscard]] Load read_load(int argc, char** argv);

/// Runs the load to its end and prints what it did. Throws std::runtime_error when a call is lost or the machine is too
/// slow to keep the pace.
void run_load(const Load& load, Client& client);

}  // namespace leaky_asr
