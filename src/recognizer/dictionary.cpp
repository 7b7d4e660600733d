#include "recognizer/dictionary.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace asr_stream::recognizer {
namespace {

constexpr std::size_t max_dictionary_bytes = 64u << 20;
constexpr std::string_view blanks = " \t\r";

/// "the(2)" is the second pronunciation of "the".
std::string_view without_variant(std::string_view word) {
    const auto open = word.rfind('(');
    if (open == std::string_view::npos || open == 0 || !word.ends_with(')')) return word;
    return word.substr(0, open);
}

std::string_view trim_end(std::string_view text) {
    const auto last = text.find_last_not_of(blanks);
    return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

}  // namespace

Result<Dictionary> Dictionary::load(const std::string& path) {
    std::error_code unreadable;
    const auto size = std::filesystem::file_size(path, unreadable);
    if (unreadable) return fail(Errc::file_not_found, "dictionary " + path);
    if (size > max_dictionary_bytes)
        return fail(Errc::file_unreadable, "dictionary " + path + " has " + std::to_string(size) +
                                               " bytes: allowed are at most " + std::to_string(max_dictionary_bytes));
    std::ifstream file{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file) return fail(Errc::file_unreadable, "dictionary " + path);
    return parse(std::move(text), path);
}

Result<Dictionary> Dictionary::parse(std::string text, std::string_view name) {
    Dictionary result;
    result.text_.assign(text.begin(), text.end());
    std::string_view rest{result.text_.data(), result.text_.size()};
    for (std::size_t line_number = 1; !rest.empty(); ++line_number) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = trim_end(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty() || line.starts_with(";;;")) continue;
        const auto gap = line.find_first_of(blanks);
        const auto phones = gap == std::string_view::npos ? gap : line.find_first_not_of(blanks, gap);
        if (gap == 0 || phones == std::string_view::npos)
            return fail(Errc::invalid_setting, "dictionary " + std::string{name} + " line " +
                                                   std::to_string(line_number) + ": a word and its phones are wanted");
        result.entries_.emplace(without_variant(line.substr(0, gap)), line.substr(phones));
    }
    return result;
}

std::vector<std::string_view> Dictionary::pronunciations(std::string_view word) const {
    std::vector<std::string_view> result;
    const auto [first, last] = entries_.equal_range(word);
    for (auto entry = first; entry != last; ++entry) result.push_back(entry->second);
    std::ranges::sort(result);
    return result;
}

}  // namespace asr_stream::recognizer
