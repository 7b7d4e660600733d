#include "cli/reference.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace asr_stream::cli {

Result<Reference> Reference::load(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return fail(Errc::file_not_found, path + " (--reference)");
    std::ifstream file{path, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file.is_open() || file.bad() || std::filesystem::is_directory(path, ignored)) {
        return fail(Errc::file_unreadable, path + " (--reference)");
    }
    return parse(text, path);
}

Result<Reference> Reference::parse(std::string_view text, std::string_view name) {
    Reference reference;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t tab = line.find('\t');
        if (tab == std::string_view::npos || tab == 0) {
            return fail(Errc::invalid_setting, "--reference " + std::string{name} + " line " + std::to_string(number) +
                                                   ": write it as file name, tab, text");
        }
        reference.texts_.insert_or_assign(std::string{line.substr(0, tab)}, std::string{line.substr(tab + 1)});
    }
    return reference;
}

std::optional<std::string_view> Reference::find(const std::string& path) const {
    const std::filesystem::path as_path{path};
    for (const std::string& name : {path, as_path.filename().string(), as_path.stem().string()}) {
        if (const auto found = texts_.find(name); found != texts_.end()) return found->second;
    }
    return std::nullopt;
}

}  // namespace asr_stream::cli
