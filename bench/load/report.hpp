#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load/options.hpp"
#include "load/round.hpp"

namespace asr_stream::bench {

struct LoadResults {
    std::vector<Series> side_by_side;  ///< engine, floor, incident, engine_batched
    std::optional<Measurement> scale;
    std::optional<Measurement> wss;
};

/// The tables, for people.
[[nodiscard]] std::string describe(const LoadResults& results, const Options& options);
/// The same figures, for programs; bench/README.md says what each key means.
[[nodiscard]] std::string to_json(const LoadResults& results, const Options& options);
/// Which promises are not kept, a line each; empty when all are.
[[nodiscard]] std::string broken_promises(const LoadResults& results, const Options& options);

}  // namespace asr_stream::bench
