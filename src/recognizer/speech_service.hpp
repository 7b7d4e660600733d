#pragma once

#include <asr_stream/error.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "recognizer/client_protocol.hpp"
#include "recognizer/decoder_pool.hpp"
#include "recognizer/recognizer_pool.hpp"
#include "recognizer/serve_options.hpp"
#include "recognizer/service_stats.hpp"

namespace asr_stream::recognizer {

/// What all clients share: the model, its recognizers, the threads that decode, the counters. Any thread.
class SpeechService {
  public:
    /// Loads the model and tries its default task once, so that what is wrong shows at the start.
    [[nodiscard]] static Result<std::unique_ptr<SpeechService>> create(const ServeOptions& options);

    /// What a client wants to have recognized. Decoder threads call it: a large grammar takes its time.
    [[nodiscard]] Result<TaskPtr> task_for(const ClientStart& start) const;

    [[nodiscard]] const ServeOptions& options() const noexcept { return options_; }
    [[nodiscard]] const Model& model() const noexcept { return *model_; }
    [[nodiscard]] RecognizerPool& recognizers() noexcept { return recognizers_; }
    [[nodiscard]] DecoderPool& decoders() noexcept { return decoders_; }
    [[nodiscard]] ServiceStats& stats() noexcept { return stats_; }

  private:
    SpeechService(const ServeOptions& options, std::shared_ptr<const Model> model);
    [[nodiscard]] Result<TaskPtr> make_default() const;

    ServeOptions options_;
    std::shared_ptr<const Model> model_;
    TaskPtr default_task_;
    ServiceStats stats_;
    RecognizerPool recognizers_;
    DecoderPool decoders_;  ///< last, so that its threads are gone before what they use
};

/// What a decoder thread has to say to the client's own thread.
struct WorkerReport {
    Outcome outcome{};
    std::optional<ClientError> error{};
};

/// One client's work on the decoder threads.
class SpeechWorker final : public PieceHandler {
  public:
    /// `report` is called on decoder threads, for every piece of audio or only when there is something to say.
    SpeechWorker(SpeechService& service, ClientStart start, bool reports_every_piece,
                 std::function<void(WorkerReport)> report)
        : service_{service},
          start_{std::move(start)},
          reports_every_piece_{reports_every_piece},
          report_{std::move(report)} {}

    void handle(Piece& piece) noexcept override;

  private:
    [[nodiscard]] Result<> open();
    [[nodiscard]] Result<> work(Piece& piece, Outcome& outcome);
    void count(const Piece& piece, const Outcome& outcome);
    void fail_with(const Error& error);

    SpeechService& service_;
    ClientStart start_;
    bool reports_every_piece_;
    std::function<void(WorkerReport)> report_;
    std::optional<SpeechSession> session_;
    std::uint64_t cuts_ = 0;
    bool has_failed_ = false;
};

}  // namespace asr_stream::recognizer
