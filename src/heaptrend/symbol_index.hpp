#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <vector>

namespace heaptrend {

/// The symbol table of a module by address. libdwfl's own search goes through the whole table each time. One thread.
class SymbolIndex {
  public:
    /// The symbol whose size covers `address`, or null: the nearest one before it is somebody else's.
    [[nodiscard]] const char* covering(Dwfl_Module* module, std::uint64_t address);
    /// The function that begins exactly at `address`, or null.
    [[nodiscard]] const char* function_at(Dwfl_Module* module, std::uint64_t address);

  private:
    struct Symbol {
        std::uint64_t start;
        std::uint64_t size;
        int rank;  ///< of several at one address the least is taken: global before weak before local
        bool function;
        const char* name;
    };
    void read(Dwfl_Module* module);
    [[nodiscard]] std::vector<Symbol>::const_iterator last_before(std::uint64_t address) const;

    bool read_ = false;
    std::vector<Symbol> symbols_;
};

}  // namespace heaptrend
