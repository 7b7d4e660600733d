#pragma once

#include <string_view>

#include "dialect/dialect.hpp"

/// What must hold of every dialect whatever a service or a configuration contains; a breach aborts.
namespace asr_stream::dialect {

/// Prints `claim` and aborts unless it holds.
void require(bool holds, std::string_view claim);

/// Feeds `input` to sessions of the dialect, in both framings, with playback and without, as the messages that the
/// record separators (0x1E) in it make, and checks what they are understood to mean.
void check_decode(std::string_view dialect, std::string_view input);

/// Opens sessions whose every text is `input` and checks that what they send is JSON and holds it unchanged.
void check_opening(std::string_view dialect, std::string_view input);

}  // namespace asr_stream::dialect
