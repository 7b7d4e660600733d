#include "heaptrend/stack_levels.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace heaptrend {
namespace {

constexpr std::string_view anonymous = "(anonymous namespace)";

/// How many characters the bracket at the beginning of `text` takes with all that is in it.
std::size_t bracketed(std::string_view text, char open, char close) {
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == open ? 1 : (text[i] == close ? -1 : 0);
        if (depth == 0) return i + 1;
    }
    return text.size();
}

/// "operator()", "operator new" or "operator<<" at the beginning of `text`, whose symbols are no brackets.
std::string operator_name(std::string_view text) {
    std::size_t end = std::string_view{"operator"}.size();
    if (text.substr(end).starts_with("()")) end += 2;
    while (end < text.size() && text[end] != '(' && (text[end] != '<' || text[end - 1] == '<' || text[end - 1] == 'r'))
        ++end;
    while (text[end - 1] == ' ') --end;
    return std::string{text.substr(0, end)};
}

/// The last part of a qualified name, without what compilers append to the names of clones.
std::string plain_name(std::string_view signature) {
    std::string name = qualified_name(signature);
    if (const auto scope = name.rfind("::"); scope != std::string::npos) name.erase(0, scope + 2);
    if (const auto clone = name.find('.'); clone != std::string::npos && clone > 0) name.erase(clone);
    return name;
}

/// Debug information often lacks the scope that the symbol's name has, so the last parts decide.
bool same_function(const Series& series, StringIndex one, StringIndex other) {
    return one == other || plain_name(series.text(one)) == plain_name(series.text(other));
}

}  // namespace

std::string qualified_name(std::string_view signature) {
    std::string name;
    for (std::size_t i = 0; i < signature.size();) {
        const std::string_view rest = signature.substr(i);
        if (rest.starts_with("operator")) return name += operator_name(rest);
        if (rest.starts_with(anonymous)) {
            name += anonymous;
            i += anonymous.size();
        } else if (rest[0] == '<') {
            i += bracketed(rest, '<', '>');
        } else if (rest[0] == '(') {
            // "decltype (...)" is a return type. Parameters end the name, but for those of a function with a local name
            // or lambda in it: "f(int)::{lambda(int)#1}::operator()".
            if (name == "decltype") name.clear();
            i += bracketed(rest, '(', ')');
            if (const std::string_view next = signature.substr(std::min(i, signature.size()));
                next.starts_with(" const::"))
                i += std::string_view{" const"}.size();
            else if (!name.empty() && !next.starts_with("::") && !next.starts_with("#"))
                break;
        } else {
            if (rest[0] != ' ')
                name += rest[0];
            else if (name != "decltype")
                name.clear();
            ++i;
        }
    }
    return name;
}

std::string module_name(const Module& module) {
    if (module.path.empty()) return "[unknown]";
    return module.path.substr(module.path.rfind('/') + 1);
}

std::vector<StackLevel> stack_levels(const Series& series, StackIndex stack) {
    std::vector<StackLevel> levels;
    const auto frames = series.stack(stack);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const Frame& frame = series.frame(frames[i]);
        const StackLevel unnamed{.frame = frames[i], .module = frame.module, .place = {}};
        const std::size_t before = levels.size();
        for (const SourceLine& line : frame.lines) {
            if (line.function.value == 0) continue;
            levels.push_back(unnamed);
            levels.back().place = line;
            levels.back().inlined = &line != &frame.lines.back();
        }
        if (levels.size() == before) levels.push_back(unnamed);
        const StringIndex called = i + 1 < frames.size() ? series.frame(frames[i + 1]).calls : StringIndex{};
        if (called.value == 0 || same_function(series, called, levels.back().place.function)) continue;
        levels.push_back(unnamed);
        levels.back().place.function = called;
        levels.back().tail_called = true;
    }
    return levels;
}

std::string level_name(const Series& series, const StackLevel& level) {
    if (level.named()) return std::string{series.text(level.place.function)};
    std::array<char, 32> offset{};
    std::snprintf(offset.data(), offset.size(), "+0x%llx",
                  static_cast<unsigned long long>(series.frame(level.frame).offset));
    return module_name(series.module(level.module)) + offset.data();
}

}  // namespace heaptrend
