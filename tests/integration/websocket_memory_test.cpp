#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include <boost/asio/detached.hpp>
#include <cstdlib>
#include <iostream>
#include <new>

#include "support/certificates.hpp"
#include "websocket_client.hpp"

/// What a connection costs, counted at the allocator: bytes that live and how often memory is asked for. Each thread
/// counts for itself, so the server's sessions do not count.
namespace {

struct Count {
    std::ptrdiff_t live_bytes = 0;
    std::size_t allocations = 0;
};
thread_local Count count;

void* counted(void* memory) {
    if (memory == nullptr) return nullptr;
    count.live_bytes += static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
    ++count.allocations;
    return memory;
}
void uncount(void* memory) {
    if (memory != nullptr) count.live_bytes -= static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
}

void* ssl_malloc(std::size_t bytes, const char*, int) { return counted(std::malloc(bytes)); }
void* ssl_realloc(void* memory, std::size_t bytes, const char*, int) {
    uncount(memory);
    return counted(std::realloc(memory, bytes));
}
void ssl_free(void* memory, const char*, int) {
    uncount(memory);
    std::free(memory);
}
// Before OpenSSL's first allocation.
const int ssl_counted = CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free);

}  // namespace

void* operator new(std::size_t bytes) {
    void* memory = counted(std::malloc(bytes));
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    void* memory = counted(std::aligned_alloc(static_cast<std::size_t>(alignment), bytes));
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}
void operator delete(void* memory) noexcept {
    uncount(memory);
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { ::operator delete(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { ::operator delete(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { ::operator delete(memory); }

namespace asr_stream::websocket::test {
namespace {

asio::awaitable<void> read_all(std::shared_ptr<Connection> connection, std::size_t* messages) {
    for (;;) {
        const auto incoming = co_await connection->read();
        if (!incoming) co_return;
        ++*messages;
    }
}

struct ConnectionMemory : testing::Test {
    static constexpr std::size_t connections = 50;

    /// Opens many connections, each with a read() under way after a first message came.
    std::size_t bytes_per_connection(ScriptedServer& server, const TlsConfig& tls) {
        const ConnectOptions options{.url = server.url(), .tls = tls};
        open.push_back(*client.dial(options));  // what the first alone pays: contexts, caches
        const auto before = count.live_bytes;
        for (std::size_t i = 0; i < connections; ++i) {
            open.push_back(*client.dial(options));
            asio::co_spawn(client.loop, read_all(open.back(), &messages), asio::detached);
        }
        client.run_until([&] { return messages == connections; });
        return static_cast<std::size_t>(count.live_bytes - before) / connections;
    }
    /// Calls of the allocator for one frame sent, on a connection whose socket has room.
    double allocations_per_frame() {
        constexpr int frames = 1000;
        const std::string payload(800, 'a');
        for (int i = 0; i < frames; ++i) open.front()->send(Opcode::text, payload);  // OpenSSL wakes its generator
        const auto before = count.allocations;
        for (int i = 0; i < frames; ++i) EXPECT_TRUE(open.front()->send(Opcode::text, payload));
        EXPECT_EQ(open.front()->queued_bytes(), 0u);
        return static_cast<double>(count.allocations - before) / frames;
    }
    void TearDown() override {
        for (auto& connection : open) connection->abort();
        open.clear();
        client.loop.restart();
        client.loop.poll();
    }

    Client client;
    std::vector<std::shared_ptr<Connection>> open;
    std::size_t messages = 0;
};

void greet(Session& session) {
    session.accept();
    session.send_text("hello");
    while (session.read()) {
    }
}

TEST_F(ConnectionMemory, OfWsIsLittleAndSendingTakesNone) {
    ScriptedServer server{greet};
    const std::size_t bytes = bytes_per_connection(server, {});
    std::cout << "ws: " << bytes << " bytes per connection\n";
    RecordProperty("bytes", static_cast<int>(bytes));
    EXPECT_LE(bytes, 12u * 1024);
    EXPECT_EQ(allocations_per_frame(), 0.0);
}

TEST_F(ConnectionMemory, OfWssHasABound) {
    ASSERT_EQ(ssl_counted, 1);
    Certificates authority;
    const auto files = authority.issue({.dns = {}, .ips = {"127.0.0.1"}});
    ScriptedServer server{greet, {.tls = ServerTls{files.certificate, files.key}}};
    const std::size_t bytes = bytes_per_connection(server, tls_files(authority.ca_file()));
    const double allocations = allocations_per_frame();
    std::cout << "wss: " << bytes << " bytes per connection, " << allocations << " allocations per frame sent\n";
    RecordProperty("bytes", static_cast<int>(bytes));
    EXPECT_LE(bytes, 40u * 1024);
    EXPECT_LE(allocations, 4.0) << "OpenSSL's own for a record";
}

}  // namespace
}  // namespace asr_stream::websocket::test
