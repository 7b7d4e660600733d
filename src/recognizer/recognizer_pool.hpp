#pragma once

#include <asr_stream/error.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "recognizer/model.hpp"
#include "recognizer/recognizer.hpp"
#include "recognizer/task.hpp"

namespace asr_stream::recognizer {

/// Recognizers are lent out for one utterance at a time, so that only those who speak cost memory, and reused by
/// whoever speaks next. Any thread.
class RecognizerPool {
  public:
    using Clock = std::chrono::steady_clock;

    struct Settings {
        std::size_t max_recognizers = 200;            ///< in use and idle together; beyond: service_overloaded
        std::chrono::milliseconds idle_time{60'000};  ///< one that nobody wanted for so long is freed
    };
    struct Stats {
        std::size_t in_use = 0;
        std::size_t idle = 0;
        std::uint64_t created = 0;
        std::uint64_t reused = 0;    ///< lent out again for the same task
        std::uint64_t switched = 0;  ///< lent out again for another task
        std::uint64_t expired = 0;
        std::uint64_t refused = 0;  ///< max_recognizers were in use
    };

    /// Gives the recognizer back when it dies. The pool outlives it.
    class Lease {
      public:
        Lease() = default;
        Lease(RecognizerPool& pool, std::unique_ptr<Recognizer> recognizer) noexcept
            : recognizer_{std::move(recognizer)}, pool_{&pool} {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&& other) noexcept;
        ~Lease() { give_back(); }

        [[nodiscard]] explicit operator bool() const noexcept { return recognizer_ != nullptr; }
        Recognizer* operator->() const noexcept { return recognizer_.get(); }
        /// Ends the lease. What went wrong with a recognizer may go on; it is then freed instead of reused.
        void give_back(bool is_sound = true) noexcept;

      private:
        std::unique_ptr<Recognizer> recognizer_;
        RecognizerPool* pool_ = nullptr;
    };

    RecognizerPool(std::shared_ptr<const Model> model, Settings settings) noexcept
        : model_{std::move(model)}, settings_{settings} {}

    /// A recognizer prepared for the task. May load a model, so decoder threads call it.
    [[nodiscard]] Result<Lease> acquire(const TaskPtr& task);
    /// Frees those that were idle for longer than idle_time.
    void expire(Clock::time_point now);

    [[nodiscard]] const Model& model() const noexcept { return *model_; }
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    [[nodiscard]] Stats stats() const;

  private:
    /// What a recognizer learns stays in it; one that learnt more words than this is freed.
    static constexpr std::size_t max_learnt_words = 2'000;

    struct Idle {
        std::unique_ptr<Recognizer> recognizer;
        Clock::time_point since;
    };

    [[nodiscard]] Result<std::unique_ptr<Recognizer>> take_or_create(const TaskPtr& task);
    void take_back(std::unique_ptr<Recognizer> recognizer, bool is_sound) noexcept;

    std::shared_ptr<const Model> model_;
    Settings settings_;
    mutable std::mutex mutex_;
    std::list<Idle> idle_;  ///< the longest idle first
    Stats stats_;
};

}  // namespace asr_stream::recognizer
