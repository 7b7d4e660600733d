#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/error.hpp"

namespace heaptrend {

/// The whole file; refuses what is not a regular file and what is larger than `limit`.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit);

/// Writes beside the target and renames, so that a reader never sees half a file.
[[nodiscard]] Result<> write_file(const std::filesystem::path& path, std::string_view bytes);

/// The files that `argument` means: itself, the *.heap files of a directory, or what matches its wildcards (glob(7)).
/// A name that exists is never taken for a pattern. Sorted by name; none is an error.
[[nodiscard]] Result<std::vector<std::filesystem::path>> expand(const std::string& argument);

}  // namespace heaptrend
