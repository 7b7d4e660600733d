#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

namespace asr_stream::websocket {

/// A value that a callback sets once and one coroutine waits for, before or after. Loop thread only.
template <class T>
class Once {
  public:
    explicit Once(boost::asio::io_context& loop) : timer_{loop, boost::asio::steady_timer::time_point::max()} {}

    /// The first value counts, later ones are dropped.
    void set(T value) {
        if (value_) return;
        value_.emplace(std::move(value));
        timer_.cancel();
    }
    [[nodiscard]] bool is_set() const noexcept { return value_.has_value(); }

    [[nodiscard]] boost::asio::awaitable<T> wait() {
        while (!value_) {
            constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
            co_await timer_.async_wait(token);
        }
        co_return std::move(*value_);
    }

  private:
    boost::asio::steady_timer timer_;
    std::optional<T> value_;
};

}  // namespace asr_stream::websocket
