#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heaptrend/error.hpp"

namespace heaptrend {

/// One level of a source position: the innermost inlined function first, the function that holds the code last.
struct SourceText {
    std::string function;  ///< demangled
    std::string file;      ///< empty when not known
    std::uint32_t line = 0;
};

/// One ELF file with its debug information, read by elfutils libdw: DWARF in the file itself, or in a separate file
/// found by build-id or .gnu_debuglink. One thread. The debug information is read when the first address is asked for.
class ElfModule {
  public:
    /// `debug_path` is a list of folders as in dwfl_standard_find_debuginfo: ":.debug:/usr/lib/debug" when empty.
    [[nodiscard]] static Result<ElfModule> open(const std::filesystem::path& path, const std::string& debug_path = {});

    ElfModule(ElfModule&&) noexcept;
    ElfModule& operator=(ElfModule&&) noexcept;
    ~ElfModule();

    [[nodiscard]] const std::string& build_id() const noexcept;
    /// The address that the ELF file states for the byte at `offset` of the file, when a loaded segment holds it.
    [[nodiscard]] std::optional<std::uint64_t> to_virtual_address(std::uint64_t offset) const;
    /// The functions at `address`. A symbol counts only when its size covers the address: the nearest one before it is
    /// somebody else's. Nothing when the file does not tell.
    [[nodiscard]] std::vector<SourceText> lookup(std::uint64_t address);
    /// The function, demangled, that the call instruction before `return_address` names; empty when it names none.
    [[nodiscard]] std::string callee(std::uint64_t return_address);

  private:
    struct Impl;
    explicit ElfModule(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

/// The name as written in the source, for C++ names of the Itanium ABI; otherwise unchanged. Symbol versions are cut
/// off.
[[nodiscard]] std::string demangle(std::string_view symbol);

/// Keeps libdw from asking debuginfod servers, which it does by itself when DEBUGINFOD_URLS is set. Call it before any
/// other thread runs.
void disable_debuginfod();

}  // namespace heaptrend
