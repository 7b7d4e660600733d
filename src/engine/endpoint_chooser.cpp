#include "engine/endpoint_chooser.hpp"

#include <cstdint>

namespace asr_stream::engine {

bool EndpointChooser::has_another() const noexcept {
    for (std::size_t i = 0; i < endpoints_.size(); ++i)
        if (i != failed_ && endpoints_[i].weight > 0) return true;
    return false;
}

std::size_t EndpointChooser::choose(double random) noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < endpoints_.size(); ++i)
        if (is_open(i)) total += endpoints_[i].weight;
    auto point = static_cast<std::uint64_t>(random * static_cast<double>(total));
    std::size_t last = 0;
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        if (!is_open(i) || endpoints_[i].weight == 0) continue;
        last = i;
        if (point < endpoints_[i].weight) break;
        point -= endpoints_[i].weight;
    }
    chosen_ = last;
    return last;
}

}  // namespace asr_stream::engine
