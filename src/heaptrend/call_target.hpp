#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "heaptrend/symbol_index.hpp"

namespace heaptrend {

/// Reads which function a call instruction names, from the code of an ELF file (x86-64). A function that ends in a call
/// of another leaves no frame when the compiler makes a jump of it; its caller still names it. One thread.
class CallTargets {
  public:
    /// The mangled name that the call whose return address is `return_address` goes to: through the procedure linkage
    /// table or the global offset table, or straight to a function with a symbol. Nothing for indirect calls.
    [[nodiscard]] std::optional<std::string> name_at(Dwfl_Module* module, SymbolIndex& symbols,
                                                     std::uint64_t return_address);

  private:
    [[nodiscard]] std::optional<std::string> in_table(Elf* elf, std::uint64_t slot);
    [[nodiscard]] std::optional<std::string> behind_linkage(Elf* elf, std::uint64_t stub);
    void read_relocations(Elf* elf);

    bool read_ = false;
    std::unordered_map<std::uint64_t, std::string> name_of_slot_;
};

}  // namespace heaptrend
