#include "recognizer/recognizer_pool.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace asr_stream::recognizer {

RecognizerPool::Lease& RecognizerPool::Lease::operator=(Lease&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    recognizer_ = std::move(other.recognizer_);
    pool_ = other.pool_;
    return *this;
}

void RecognizerPool::Lease::give_back(bool is_sound) noexcept {
    if (recognizer_) pool_->take_back(std::move(recognizer_), is_sound);
}

Result<RecognizerPool::Lease> RecognizerPool::acquire(const TaskPtr& task) {
    auto recognizer = take_or_create(task);
    if (!recognizer) return tl::unexpected{recognizer.error()};
    Lease lease{*this, *std::move(recognizer)};
    if (auto prepared = lease->prepare(task); !prepared) {
        lease.give_back(false);
        return tl::unexpected{prepared.error()};
    }
    return lease;
}

Result<std::unique_ptr<Recognizer>> RecognizerPool::take_or_create(const TaskPtr& task) {
    {
        const std::lock_guard lock{mutex_};
        auto found =
            std::ranges::find_if(idle_, [&](const Idle& idle) { return idle.recognizer->task_key() == task->key; });
        ++(found != idle_.end() ? stats_.reused : stats_.switched);
        if (found == idle_.end()) found = idle_.begin();
        if (found != idle_.end()) {
            auto recognizer = std::move(found->recognizer);
            idle_.erase(found);
            ++stats_.in_use;
            return recognizer;
        }
        --stats_.switched;  // there was none to switch
        if (stats_.in_use >= settings_.max_recognizers) {
            ++stats_.refused;
            return fail(Errc::service_overloaded,
                        "all " + std::to_string(settings_.max_recognizers) + " recognizers are in use");
        }
        ++stats_.in_use;
        ++stats_.created;
    }
    auto recognizer = Recognizer::create(*model_);
    if (!recognizer) {
        const std::lock_guard lock{mutex_};
        --stats_.in_use;
    }
    return recognizer;
}

void RecognizerPool::take_back(std::unique_ptr<Recognizer> recognizer, bool is_sound) noexcept {
    recognizer->abandon();
    const bool is_kept = is_sound && recognizer->learnt_words() <= max_learnt_words;
    std::list<Idle> node;
    if (is_kept) node.push_back({std::move(recognizer), Clock::now()});
    const std::lock_guard lock{mutex_};
    --stats_.in_use;
    idle_.splice(idle_.end(), node);
}

void RecognizerPool::expire(Clock::time_point now) {
    std::list<Idle> old;  // declared before the lock, so freed after it
    const std::lock_guard lock{mutex_};
    while (!idle_.empty() && now - idle_.front().since > settings_.idle_time) {
        old.splice(old.end(), idle_, idle_.begin());
        ++stats_.expired;
    }
}

RecognizerPool::Stats RecognizerPool::stats() const {
    const std::lock_guard lock{mutex_};
    auto result = stats_;
    result.idle = idle_.size();
    return result;
}

}  // namespace asr_stream::recognizer
