#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "load/process.hpp"
#include "load/sink_connection.hpp"

namespace asr_stream::bench {

struct SinkOptions {
    std::string certificate_file;   ///< wss when not empty: a certificate for 127.0.0.1 is made and written here
    unsigned frames_per_final = 0;  ///< answers each so many audio frames with a final; 0: never
    unsigned frame_ms = 20;
    milliseconds pause{2};  ///< between two looks at the sockets
};

/// The service at the far end, the same for every design: takes the upgrade, counts frames by their headers, answers
/// pings and closes, and now and then says a final, as a service does. One thread, epoll; reads as much as there is.
class Sink {
  public:
    Sink(SinkOptions options, Channel& driver);
    ~Sink();
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    /// Tells the driver the port, then serves until the driver is gone. Any line of the driver is answered with
    /// "open connections, audio frames, audio bytes, answers that did not fit".
    void run();

  private:
    void dispatch(int descriptor);
    void accept_all();
    void serve(int descriptor);
    void answer_driver();
    void watch(int descriptor);

    SinkOptions options_;
    Channel& driver_;
    SinkTotals totals_;
    SslContext tls_;
    int listener_ = -1;
    int epoll_ = -1;
    bool running_ = true;
    std::vector<std::unique_ptr<SinkConnection>> connections_;  ///< by descriptor
    std::vector<char> buffer_;
};

/// `load_bench sink ...`
int run_sink(SinkOptions options);

}  // namespace asr_stream::bench
