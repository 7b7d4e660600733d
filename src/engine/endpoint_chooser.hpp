#pragma once

#include <asr_stream/config.hpp>
#include <cstddef>
#include <optional>
#include <span>

namespace asr_stream::engine {

/// Chooses the URL for each connect of one stream: by weight, and another one than that which has just failed.
/// The endpoints outlive it.
class EndpointChooser {
  public:
    /// At least one endpoint of a weight above zero.
    explicit EndpointChooser(std::span<const Endpoint> endpoints) noexcept : endpoints_{endpoints} {}

    /// `random` is 0 to 1, 1 excluded.
    [[nodiscard]] std::size_t choose(double random) noexcept;
    /// The last one chosen did not work out.
    void failed() noexcept { failed_ = chosen_; }
    void worked() noexcept { failed_.reset(); }

  private:
    [[nodiscard]] bool is_open(std::size_t index) const noexcept { return index != failed_ || !has_another(); }
    [[nodiscard]] bool has_another() const noexcept;

    std::span<const Endpoint> endpoints_;
    std::optional<std::size_t> chosen_;
    std::optional<std::size_t> failed_;
};

}  // namespace asr_stream::engine
