#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/error.hpp"
#include "heaptrend/series.hpp"
#include "heaptrend/stack_levels.hpp"

namespace heaptrend {

/// True when `text` matches `pattern`, in which * stands for any characters and ? for one.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text) noexcept;

/// Which frames only pass memory on: allocators, pools, strdup and its like, containers. A table that users extend.
class FoldRules {
  public:
    /// The built-in table: jemalloc, tcmalloc, libc, C++ library, APR and FreeSWITCH pools, cJSON, GLib, OpenSSL,
    /// SQLite.
    [[nodiscard]] static FoldRules defaults();

    /// Adds lines of "module PATTERN" (file name of a module), "function PATTERN" (qualified name) or "function PATTERN
    /// in PATTERN" (of a module). Blank lines and lines that start with # are skipped. At most 10,000 rules.
    [[nodiscard]] Result<> add(std::string_view text);

    [[nodiscard]] bool passes_on(std::string_view module_path, std::string_view function) const;

  private:
    std::vector<std::string> modules_;
    std::vector<std::string> functions_;
    std::vector<std::pair<std::string, std::string>> functions_in_;
};

using OwnerIndex = Index<struct OwnerTag>;

/// The function that is answerable for a block: the first from the leaf that does not only pass memory on.
struct Owner {
    ModuleIndex module;
    std::string function{};  ///< "module+0xoffset" when it has no name
    std::string caller{};    ///< the function that called it; empty at the root of a stack
    ModuleIndex caller_module{};
    std::size_t callers = 1;  ///< that were put together because the growth shows in all of them only
    std::string via{};        ///< the last function that was folded into it, such as strdup; empty when none
    bool named = false;

    /// "caller -> function (module)", or "(caller's module, module)" where they differ; names without parameters.
    [[nodiscard]] std::string title(const Series& series) const;
};

struct Folded {
    std::vector<Owner> owners;
    std::vector<OwnerIndex> owner_of;  ///< by stack
};

/// Finds each stack's owner. Symbolise the series first. Stacks with the same owner, caller and module share one Owner.
[[nodiscard]] Folded fold(const Series& series, const FoldRules& rules);

}  // namespace heaptrend
