#include "engine/graveyard.hpp"

#include <algorithm>
#include <string>

namespace asr_stream::engine {

Graveyard::~Graveyard() {
    for (const Grave& grave : graves_) report(*grave.stream, grave.stream->outstanding_bytes());
}

void Graveyard::sweep(TimePoint now) {
    std::erase_if(graves_, [&](Grave& grave) {
        const std::size_t bytes = grave.stream->outstanding_bytes();
        if (bytes > 0 && now - grave.since < patience) return false;
        report(*grave.stream, bytes);
        if (bytes > 0) leaked_.push_back(std::move(grave.stream));
        return true;
    });
}

void Graveyard::report(const Stream::Shared& stream, std::size_t bytes) noexcept {
    registry_->forget(stream, bytes);
    if (bytes == 0 || !log_) return;
    log_(LogLevel::error, "stream " + std::to_string(stream.id) + ": " + std::to_string(bytes) +
                              " bytes were not given back when it ended; this is a defect of asr_stream");
}

}  // namespace asr_stream::engine
