#include "websocket/resolver.hpp"

#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "websocket/ares_channel.hpp"

namespace asr_stream::websocket {

namespace asio = boost::asio;

namespace {

constexpr std::array family_numbers{AF_INET6, AF_INET};

/// RFC 6761 section 6.3: it and all names below it are the loopback, and nobody is asked. (c-ares 1.18 does the same,
/// but leaks the name each time.)
bool is_localhost(std::string_view host) {
    constexpr std::string_view localhost = "localhost";
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.size() < localhost.size()) return false;
    const auto tail = host.substr(host.size() - localhost.size());
    const bool whole = tail.size() == host.size() || host[host.size() - localhost.size() - 1] == '.';
    return whole && ::strncasecmp(tail.data(), localhost.data(), localhost.size()) == 0;
}

bool says_no_such_name(int status) {
    return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
}

}  // namespace

Resolver::Resolver(asio::io_context& loop, ResolverOptions options) : loop_{loop}, options_{std::move(options)} {}
Resolver::~Resolver() = default;

std::shared_ptr<Resolver::Lookup> Resolver::lookup(const std::string& host) {
    auto lookup = std::make_shared<Lookup>(loop_);
    boost::system::error_code not_literal;
    if (const auto address = asio::ip::make_address(host, not_literal); !not_literal) {
        lookup->answer_.set(Addresses{address});
        return lookup;
    }
    if (is_localhost(host)) {
        lookup->answer_.set(Addresses{asio::ip::address_v6::loopback(), asio::ip::address_v4::loopback()});
        return lookup;
    }
    auto known = names_.find(host);
    if (known == names_.end()) {
        if (!make_room()) {
            lookup->answer_.set(fail(Errc::resolve_failed, host + ": too many names are being resolved"));
            return lookup;
        }
        known = names_.emplace(host, std::make_unique<Name>(loop_)).first;
    }
    Name& name = *known->second;
    name.lookups.push_back(lookup);
    refresh(host, name);
    return lookup;
}

/// Asks for what is not known or has run out; answers at once when nothing is.
void Resolver::refresh(const std::string& host, Name& name) {
    const bool was_pending = name.is_pending();
    std::array<bool, families> ask{};
    for (std::size_t i = 0; i < families; ++i) {
        Answer& answer = name.answers[i];
        ask[i] = !answer.pending && answer.expires <= options_.now();
        if (ask[i]) answer = Answer{{}, 0, {}, true};
    }
    if (!was_pending && name.is_pending()) {
        if (unanswered_++ == 0 && options_.servers.empty() && channel_ && channel_->is_outdated()) channel_.reset();
        if (!channel_) channel_ = std::make_shared<AresChannel>(loop_, options_);
    }
    const auto channel = channel_;
    for (std::size_t i = 0; i < families; ++i) {
        if (!ask[i]) continue;
        channel->query(host, family_numbers[i], [this, host, i](AresChannel::Reply reply) {
            on_answer(host, i, reply.status, std::move(reply.addresses), reply.ttl);
        });
    }
    settle(host, name);
}

void Resolver::on_answer(const std::string& host, std::size_t family, int status, Addresses addresses,
                         std::chrono::seconds ttl) {
    Name& name = *names_.at(host);
    if (addresses.empty()) ttl = says_no_such_name(status) ? negative_ttl : failure_ttl;
    name.answers[family] = Answer{std::move(addresses), status, options_.now() + ttl, false};
    if (!name.is_pending()) --unanswered_;
    settle(host, name);
}

void Resolver::settle(const std::string& host, Name& name) {
    if (name.lookups.empty()) return;
    if (name.is_pending() && !name.delay_over) {
        if (!name.has_addresses() || name.delay_running) return;
        name.delay_running = true;
        name.delay.expires_after(other_family_delay);
        name.delay.async_wait([this, host, alive = std::weak_ptr{alive_}](const boost::system::error_code& error) {
            if (error || alive.expired()) return;
            const auto waiting = names_.find(host);
            if (waiting == names_.end()) return;
            waiting->second->delay_running = false;
            waiting->second->delay_over = true;
            settle(host, *waiting->second);
        });
        return;
    }
    name.delay_over = false;
    name.delay_running = false;
    name.delay.cancel();
    for (const auto& weak : std::exchange(name.lookups, {}))
        if (const auto lookup = weak.lock()) lookup->answer_.set(result_of(host, name));
}

Result<Addresses> Resolver::result_of(const std::string& host, const Name& name) const {
    Addresses addresses;
    for (const auto& answer : name.answers)
        addresses.insert(addresses.end(), answer.addresses.begin(), answer.addresses.end());
    if (!addresses.empty()) return addresses;
    for (const auto& answer : name.answers)
        if (!says_no_such_name(answer.status))
            return fail(Errc::resolve_failed, host + ": " + ares_strerror(answer.status));
    return fail(Errc::host_not_found, host);
}

bool Resolver::make_room() {
    if (unanswered_ >= max_unanswered) return false;
    if (names_.size() < max_names) return true;
    auto first = names_.end();
    const auto expires = [](const Name& name) { return std::min(name.answers[0].expires, name.answers[1].expires); };
    for (auto at = names_.begin(); at != names_.end(); ++at) {
        const bool in_use = at->second->is_pending() || !at->second->lookups.empty();
        if (!in_use && (first == names_.end() || expires(*at->second) < expires(*first->second))) first = at;
    }
    if (first == names_.end()) return false;
    names_.erase(first);
    return true;
}

}  // namespace asr_stream::websocket
