#pragma once

#include <asr_stream/error.hpp>
#include <string>
#include <system_error>

/// Finds the call stack whose memory grows, from a series of heap profiles.
namespace heaptrend {

using asr_stream::Error;
using asr_stream::fail;
using asr_stream::Result;

enum class Errc {
    file_not_found = 1,
    file_unreadable,
    file_not_writable,
    not_a_profile,        ///< none of the known formats
    unsupported_version,  ///< the format is known, this version of it is not
    malformed,            ///< the format is known, a line breaks it
    truncated,            ///< the end is missing, and without it the rest would mislead
    limit_exceeded,
    bad_compression,
    mixed_series,  ///< files that cannot be one series
    too_few_snapshots,
    bad_argument,
    unavailable,  ///< this machine lacks something; the context says what
};

[[nodiscard]] const std::error_category& error_category() noexcept;
[[nodiscard]] std::error_code make_error_code(Errc code) noexcept;

}  // namespace heaptrend

template <>
struct std::is_error_code_enum<heaptrend::Errc> : std::true_type {};
