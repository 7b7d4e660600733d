#pragma once

#include <asr_stream/error.hpp>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cli/feed.hpp"

namespace asr_stream::cli {

/// The one thread that feeds all recordings.
class Feeder {
  public:
    /// Called on the feeding thread when a feed is over, with the error of its source if there was one.
    using Done = std::function<void(std::size_t id, Result<> outcome)>;
    explicit Feeder(Done done);
    /// Forgets feeds that are not over, without telling their targets.
    ~Feeder();
    Feeder(const Feeder&) = delete;
    Feeder& operator=(const Feeder&) = delete;

    void add(std::size_t id, std::unique_ptr<Feed> feed);  ///< any thread
    void stop_all();                                       ///< any thread: ends each feed early

  private:
    struct Item {
        std::size_t id{};
        std::unique_ptr<Feed> feed;  ///< empty once it is over
        Clock::time_point next;
    };
    void run();
    void advance(Item& item);

    Done done_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Item> added_;
    bool stop_all_ = false;
    bool quit_ = false;
    std::vector<Item> items_;  // feeding thread only
    std::thread thread_;
};

}  // namespace asr_stream::cli
