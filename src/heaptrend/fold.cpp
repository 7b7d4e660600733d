#include "heaptrend/fold.hpp"

#include <algorithm>
#include <unordered_map>

#include "heaptrend/scan.hpp"
#include "heaptrend/stack_levels.hpp"

namespace heaptrend {
namespace {

constexpr std::size_t max_rules = 10'000;

constexpr std::string_view built_in = R"(
# allocators and what profilers put in front of them
module libjemalloc.so*
module libtcmalloc*.so*
module libmimalloc*.so*
module libheaptrack_preload.so*
module vgpreload_*
module heaptrend-agent*.so
function je_*
function prof_backtrace*
function prof_tctx_create
function tctx_create
function imalloc*
function malloc_default
function fallback_impl*
function fallbackNewImpl*
function newImpl*
function malloc
function calloc
function realloc
function reallocarray
function memalign
function aligned_alloc
function posix_memalign
function operator new
function operator new[]
# C and C++ libraries: who called them is answerable
module libc.so*
module libc-2.*.so
module ld-linux*.so*
module libstdc++.so*
module libc++.so*
module libc++abi.so*
module libgcc_s.so*
function std::*
function __gnu_cxx::*
function strdup
function strndup
function asprintf
function vasprintf
function getline
function xmalloc
function xcalloc
function xrealloc
function xstrdup
# APR pools, also under FreeSWITCH's names
function allocator_alloc
function apr_allocator_*
function apr_palloc*
function apr_pcalloc*
function apr_pool_*
function apr_pmemdup
function apr_pstr*
function apr_pvsprintf
function apr_psprintf
function fspr_allocator_*
function fspr_palloc*
function fspr_pcalloc*
function fspr_pool_*
function fspr_pmemdup
function fspr_pstr*
function fspr_pvsprintf
function fspr_psprintf
function switch_core_perform_*
function switch_core_sprintf
function switch_core_vsprintf
function switch_mprintf
function switch_vmprintf
function my_dup
# libraries with allocation functions of their own
function cJSON_malloc
function cJSON_strdup
function cJSON_New_Item
function print in libcjson.so*
function print_* in libcjson.so*
function ensure in libcjson.so*
function print in libfreeswitch.so*
function print_value in libfreeswitch.so*
function print_object in libfreeswitch.so*
function print_string* in libfreeswitch.so*
function ensure in libfreeswitch.so*
function g_malloc*
function g_realloc*
function g_try_malloc*
function g_strdup*
function g_strndup
function g_slice_alloc*
function CRYPTO_malloc*
function CRYPTO_zalloc
function CRYPTO_realloc
function CRYPTO_strdup
function CRYPTO_strndup
function CRYPTO_memdup
function sqlite3Malloc*
function sqlite3MemMalloc
function sqlite3_malloc*
function sqlite3Realloc
function sqlite3DbMalloc*
)";

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) { return matches(p, text); });
}

/// What the rules say of a function in a module.
struct Level {
    ModuleIndex module;
    std::string function;
    bool named = false;
    bool passes_on = false;
};

/// Finds owners, and remembers what the rules said of each frame.
class Folder {
  public:
    Folder(const Series& series, const FoldRules& rules) : series_{series}, rules_{rules} {}

    Folded run() {
        for (std::uint32_t i = 0; i < series_.stack_count(); ++i) result_.owner_of.push_back(owner_of(StackIndex{i}));
        return std::move(result_);
    }

  private:
    const Level& judged(const StackLevel& level) {
        const std::uint64_t place = level.named() ? level.place.function.value : level.frame.value;
        const std::uint64_t key =
            (std::uint64_t{level.module.value} << 33U) | (place << 1U) | (level.named() ? 1U : 0U);
        const auto [entry, added] = levels_.try_emplace(key);
        if (!added) return entry->second;
        Level& judged = entry->second;
        judged = {.module = level.module, .function = level_name(series_, level), .named = level.named()};
        judged.passes_on = rules_.passes_on(series_.module(level.module).path,
                                            judged.named ? qualified_name(judged.function) : std::string{});
        return judged;
    }

    /// Judges no more levels than it takes to find the owner.
    OwnerIndex owner_of(StackIndex stack) {
        const auto levels = stack_levels(series_, stack);
        if (levels.empty()) return add({.module = unknown_module, .function = "[no stack]"});
        std::size_t at = 0;
        while (at < levels.size() && judged(levels[at]).passes_on) ++at;
        const std::size_t folded = at;
        if (at == levels.size()) at = levels.size() - 1;
        at = skip_unnamed(levels, at);
        Owner owner{.module = levels[at].module, .function = judged(levels[at]).function};
        owner.named = levels[at].named();
        if (at + 1 < levels.size()) {
            owner.caller = judged(levels[at + 1]).function;
            owner.caller_module = levels[at + 1].module;
        }
        if (folded > 0 && folded < levels.size()) owner.via = judged(levels[folded - 1]).function;
        return add(std::move(owner));
    }

    /// Helpers of a stripped library have no names: the exported function of the same module that called them stands
    /// for them.
    static std::size_t skip_unnamed(const std::vector<StackLevel>& levels, std::size_t at) {
        std::size_t next = at;
        while (next < levels.size() && !levels[next].named() && levels[next].module == levels[at].module) ++next;
        const bool found = next < levels.size() && levels[next].module == levels[at].module;
        return found ? next : at;
    }

    OwnerIndex add(Owner owner) {
        const std::string key = std::to_string(owner.module.value) + '\0' + owner.function + '\0' + owner.caller;
        const auto [entry, added] =
            index_.try_emplace(key, OwnerIndex{static_cast<std::uint32_t>(result_.owners.size())});
        if (added) result_.owners.push_back(std::move(owner));
        return entry->second;
    }

    const Series& series_;
    const FoldRules& rules_;
    std::unordered_map<std::uint64_t, Level> levels_;
    std::unordered_map<std::string, OwnerIndex> index_;
    Folded result_;
};

}  // namespace

bool matches(std::string_view pattern, std::string_view text) noexcept {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

FoldRules FoldRules::defaults() {
    FoldRules rules;
    static_cast<void>(rules.add(built_in));  // a constant that a test reads too
    return rules;
}

Result<> FoldRules::add(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        Scan scan{next_line(text)};
        scan.skip_blanks();
        if (scan.done() || scan.skip('#')) continue;
        const std::string_view kind = scan.word();
        scan.skip_blanks();
        std::string_view pattern = scan.rest();
        while (pattern.ends_with(' ')) pattern.remove_suffix(1);
        if ((kind != "module" && kind != "function") || pattern.empty())
            return fail(Errc::bad_argument,
                        "line " + std::to_string(number) +
                            ": expected \"module PATTERN\", \"function PATTERN\" or \"function PATTERN in PATTERN\"");
        if (modules_.size() + functions_.size() + functions_in_.size() >= max_rules)
            return fail(Errc::limit_exceeded, "more than " + std::to_string(max_rules) + " rules");
        constexpr std::string_view in = " in ";
        if (const auto at = pattern.find(in); kind == "function" && at != std::string_view::npos)
            functions_in_.emplace_back(pattern.substr(0, at), pattern.substr(at + in.size()));
        else
            (kind == "module" ? modules_ : functions_).emplace_back(pattern);
    }
    return {};
}

bool FoldRules::passes_on(std::string_view module_path, std::string_view function) const {
    const auto slash = module_path.rfind('/');
    const std::string_view file = slash == std::string_view::npos ? module_path : module_path.substr(slash + 1);
    if (any_matches(modules_, file)) return true;
    if (function.empty()) return false;
    return any_matches(functions_, function) ||
           std::any_of(functions_in_.begin(), functions_in_.end(),
                       [&](const auto& rule) { return matches(rule.first, function) && matches(rule.second, file); });
}

std::string Owner::title(const Series& series) const {
    const std::string own = module_name(series.module(module));
    if (callers > 1) return std::to_string(callers) + " callers -> " + qualified_name(function) + " (" + own + ")";
    if (caller.empty()) return qualified_name(function) + " (" + own + ")";
    const std::string outer = module_name(series.module(caller_module));
    return qualified_name(caller) + " -> " + qualified_name(function) + " (" +
           (outer == own ? own : outer + ", " + own) + ")";
}

Folded fold(const Series& series, const FoldRules& rules) { return Folder{series, rules}.run(); }

}  // namespace heaptrend
