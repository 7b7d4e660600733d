#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "heaptrend/series.hpp"

namespace heaptrend {

struct SymbolizeOptions {
    std::string debug_path;  ///< folders with separate debug information, and with copies of files that were replaced
    std::filesystem::path sysroot;  ///< where the files of the profiled machine are; empty for this machine's own
};

struct SymbolizeResult {
    std::size_t frames = 0;
    std::size_t named = 0;
    std::vector<std::string> notes;  ///< one sentence for each module whose names are missing or doubtful
};

/// Names the frames of `series` that have no names yet, module by module, each file opened once, and fills in
/// build-ids. A module is not named from another file than the one that was mapped: the build-id must agree when it is
/// known, and a file that was deleted or replaced while mapped is only used when it is still the same file.
SymbolizeResult symbolize(Series& series, const SymbolizeOptions& options = {});

}  // namespace heaptrend
