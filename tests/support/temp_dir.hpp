#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace asr_stream::test {

/// A new empty folder that is removed, with all in it, at the end.
class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// The full name of a file in it, whether it exists or not.
    [[nodiscard]] std::string file(std::string_view name) const;
    /// Writes a file and returns its full name.
    std::string write(std::string_view name, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

}  // namespace asr_stream::test
