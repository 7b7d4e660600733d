#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/scripted_server.hpp"
#include "websocket/connection.hpp"
#include "websocket/context.hpp"

namespace asr_stream::websocket::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asr_stream::test;

/// Counts what is outstanding, and refuses beyond a limit.
class CountingMemory final : public std::pmr::memory_resource {
  public:
    explicit CountingMemory(std::size_t limit = SIZE_MAX) noexcept : limit_{limit} {}
    [[nodiscard]] std::size_t outstanding() const noexcept { return outstanding_; }
    [[nodiscard]] std::size_t peak() const noexcept { return peak_; }

  private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        if (outstanding_ + bytes > limit_) throw std::bad_alloc{};
        outstanding_ += bytes;
        peak_ = std::max(peak_, outstanding_);
        return std::pmr::new_delete_resource()->allocate(bytes, alignment);
    }
    void do_deallocate(void* data, std::size_t bytes, std::size_t alignment) override {
        outstanding_ -= bytes;
        std::pmr::new_delete_resource()->deallocate(data, bytes, alignment);
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

    std::size_t limit_;
    std::size_t outstanding_ = 0;
    std::size_t peak_ = 0;
};

[[nodiscard]] inline TlsConfig tls_files(std::string ca, std::string certificate = {}, std::string key = {}) {
    TlsConfig config;
    config.ca_file = std::move(ca);
    config.certificate_file = std::move(certificate);
    config.key_file = std::move(key);
    return config;
}

using Dialed = Result<std::shared_ptr<Connection>>;

/// A loop on the test's own thread, and what connections of it share.
class Client {
  public:
    explicit Client(ResolverOptions options = {}) : context_{make_context(loop, std::move(options))} {}
    ~Client() {
        context_.reset();
        settle();
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Runs what is ready, for instance handlers of what was cancelled.
    void settle() {
        loop.restart();
        loop.poll();
    }
    /// Runs the loop until the coroutine is done.
    template <class T>
    T run(asio::awaitable<T> task) {
        std::optional<T> result;
        asio::co_spawn(loop, std::move(task), [&result](std::exception_ptr error, T value) {
            if (error) std::rethrow_exception(error);
            result.emplace(std::move(value));
        });
        run_until([&result] { return result.has_value(); });
        return std::move(*result);
    }
    void run(asio::awaitable<void> task) {
        bool done = false;
        asio::co_spawn(loop, std::move(task), [&done](std::exception_ptr error) {
            if (error) std::rethrow_exception(error);
            done = true;
        });
        run_until([&done] { return done; });
    }
    template <class Condition>
    void run_until(Condition condition) {
        loop.restart();
        while (!condition()) loop.run_one_for(10ms);  // what another thread does wakes nobody here
    }

    [[nodiscard]] std::shared_ptr<Dialer> dialer(ConnectOptions options) {
        return make_dialer(context_, std::make_shared<const ConnectOptions>(std::move(options)), &memory);
    }
    [[nodiscard]] Dialed dial(ConnectOptions options) {
        const auto attempt = dialer(std::move(options));
        return run(attempt->dial());
    }
    [[nodiscard]] Dialed dial(const std::string& url) { return dial(ConnectOptions{.url = url}); }

    [[nodiscard]] Context& context() noexcept { return *context_; }

    CountingMemory memory;  // outlives what is on the loop
    asio::io_context loop;

  private:
    std::shared_ptr<Context> context_;
};

/// What read() gave, with the payload copied.
struct Heard {
    std::optional<Error> error;
    Opcode opcode{};
    std::string payload;
};

inline asio::awaitable<Heard> hear(std::shared_ptr<Connection> connection) {
    const auto incoming = co_await connection->read();
    if (!incoming) co_return Heard{incoming.error(), {}, {}};
    co_return Heard{std::nullopt, incoming->opcode, std::string{incoming->payload}};
}

constexpr std::size_t idle_buffer = 4096;  ///< the most that a connection keeps for the next message

/// An open connection to a server of that script. What a script shares with a test must outlive the server: either the
/// script is known to be past its use, or the test ends the server first.
class WebSocket : public testing::Test {
  protected:
    std::shared_ptr<Connection> open(Script script, ServerOptions server_options = {}, ConnectOptions options = {}) {
        server = std::make_unique<ScriptedServer>(std::move(script), std::move(server_options));
        options.url = server->url();
        auto connection = client.dial(std::move(options));
        if (!connection) throw std::runtime_error{connection.error().message()};
        return *connection;
    }
    Heard hear(const std::shared_ptr<Connection>& connection) { return client.run(websocket::test::hear(connection)); }
    void close(const std::shared_ptr<Connection>& connection, milliseconds timeout = 5s) {
        client.run(connection->close(timeout));
    }
    void TearDown() override {
        client.settle();
        EXPECT_EQ(client.memory.outstanding(), 0u);
    }

    Client client;
    std::unique_ptr<ScriptedServer> server;
};

/// A client alone; the tests dial.
struct Connecting : testing::Test {
    Heard hear(const std::shared_ptr<Connection>& connection) { return client.run(websocket::test::hear(connection)); }
    Error error_of(ConnectOptions options) {
        const auto connection = client.dial(std::move(options));
        return connection ? Error{} : connection.error();
    }
    void TearDown() override { EXPECT_EQ(client.memory.outstanding(), 0u); }

    Client client;
};

}  // namespace asr_stream::websocket::test
