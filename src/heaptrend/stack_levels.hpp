#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/series.hpp"

namespace heaptrend {

/// One function of a stack. A frame has one for each function inlined there and one for the function itself. Between
/// two frames stands another one when the caller's instruction names a function that left no frame: it ended in a jump
/// to the next (a tail call).
struct StackLevel {
    FrameIndex frame;    ///< of a tail-called function, the frame it jumped to
    ModuleIndex module;  ///< likewise
    SourceLine place;    ///< its function is empty when it has no name
    bool inlined = false;
    bool tail_called = false;

    [[nodiscard]] bool named() const noexcept { return place.function.value != 0; }
};

/// The levels of a stack, leaf first.
[[nodiscard]] std::vector<StackLevel> stack_levels(const Series& series, StackIndex stack);

/// The function's name, or "module+0xoffset".
[[nodiscard]] std::string level_name(const Series& series, const StackLevel& level);

/// The qualified name in a demangled C++ signature: without return type, template arguments and parameters.
/// "void std::vector<int>::push_back(int const&)" gives "std::vector::push_back".
[[nodiscard]] std::string qualified_name(std::string_view signature);

/// The file name of a module's path, or "[unknown]".
[[nodiscard]] std::string module_name(const Module& module);

}  // namespace heaptrend
