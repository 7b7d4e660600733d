#pragma once

#include <asr_stream/error.hpp>
#include <asr_stream/log.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "recognizer/serve_options.hpp"

namespace asr_stream::recognizer {

/// A speech-recognition server for WebSocket clients: `json` and `vosk` on one port, a page about its health at /.
///
/// | thread          | does                                                        |
/// |-----------------|-------------------------------------------------------------|
/// | that of run()   | accepts, reads, writes, everything of a ClientSession       |
/// | decoder threads | SpeechWorker: resampling, endpointing, PocketSphinx         |
class Server {
  public:
    /// Loads the model and listens; what is wrong with options, files or the address shows here.
    [[nodiscard]] static Result<std::unique_ptr<Server>> create(const ServeOptions& options, LogSink log);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// "listening on ws://127.0.0.1:2700 (model al8k, 8000 Hz, 2 decoder threads)"
    [[nodiscard]] std::string description() const;
    [[nodiscard]] std::uint16_t port() const;  ///< any thread, also when it has stopped

    /// Serves until it is stopped.
    void run();
    /// Takes no more clients, lets each say its last word, and ends run() within stop-timeout. Any thread.
    void stop();

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace asr_stream::recognizer
