#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/error.hpp"
#include "heaptrend/series.hpp"

namespace heaptrend {

/// True when `text` matches `pattern`, in which * stands for any characters and ? for one.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text) noexcept;

/// The qualified name in a demangled C++ signature: without return type, template arguments and parameters.
/// "void std::vector<int>::push_back(int const&)" gives "std::vector::push_back".
[[nodiscard]] std::string qualified_name(std::string_view signature);

/// Which frames only pass memory on: allocators, pools, strdup and its like, containers. A table that users extend.
class FoldRules {
  public:
    /// The built-in table: jemalloc, tcmalloc, libc, C++ library, APR and FreeSWITCH pools, cJSON, GLib, OpenSSL,
    /// SQLite.
    [[nodiscard]] static FoldRules defaults();

    /// Adds lines of "module PATTERN" (file name of a module) or "function PATTERN" (qualified name). Blank lines and
    /// lines that start with # are skipped. At most 10,000 rules.
    [[nodiscard]] Result<> add(std::string_view text);

    [[nodiscard]] bool passes_on(std::string_view module_path, std::string_view function) const;

  private:
    std::vector<std::string> modules_;
    std::vector<std::string> functions_;
};

using OwnerIndex = Index<struct OwnerTag>;

/// The function that is answerable for a block: the first from the leaf that does not only pass memory on.
struct Owner {
    ModuleIndex module;
    std::string function{};  ///< "module+0xoffset" when it has no name
    std::string caller{};    ///< the function that called it; empty at the root of a stack
    std::string via{};       ///< the last function that was folded into it, such as strdup; empty when none
    bool named = false;

    /// "caller -> function (module)".
    [[nodiscard]] std::string title(const Series& series) const;
};

struct Folded {
    std::vector<Owner> owners;
    std::vector<OwnerIndex> owner_of;  ///< by stack
};

/// Finds each stack's owner. Symbolise the series first. Stacks with the same owner, caller and module share one Owner.
[[nodiscard]] Folded fold(const Series& series, const FoldRules& rules);

/// The file name of a module's path, or "[unknown]".
[[nodiscard]] std::string module_name(const Module& module);

}  // namespace heaptrend
