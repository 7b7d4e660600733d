#pragma once

#include <asr_stream/error.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace asr_stream::cli {

/// What recordings are known to say: lines of file name, a tab, and the text. Empty lines and lines that begin with #
/// are skipped.
class Reference {
  public:
    [[nodiscard]] static Result<Reference> load(const std::string& path);
    /// `name` stands in for the path in errors, which name the line.
    [[nodiscard]] static Result<Reference> parse(std::string_view text, std::string_view name);

    /// By the path as given, else by its file name, else by that without its extension.
    [[nodiscard]] std::optional<std::string_view> find(const std::string& path) const;
    [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

  private:
    std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace asr_stream::cli
