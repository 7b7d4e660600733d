#include "heaptrend/symbol_index.hpp"

#include <algorithm>
#include <tuple>

namespace heaptrend {

void SymbolIndex::read(Dwfl_Module* module) {
    if (read_) return;
    read_ = true;
    const int count = dwfl_module_getsymtab(module);
    for (int i = 1; i < count; ++i) {
        GElf_Sym symbol;
        GElf_Addr address = 0;
        const char* name = dwfl_module_getsym_info(module, i, &symbol, &address, nullptr, nullptr, nullptr);
        const int type = GELF_ST_TYPE(symbol.st_info);
        const bool code = type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
        if (name == nullptr || *name == '\0' || !code || symbol.st_shndx == SHN_UNDEF) continue;
        const int binding = GELF_ST_BIND(symbol.st_info);
        const int rank = binding == STB_GLOBAL ? 0 : (binding == STB_WEAK ? 1 : 2);
        symbols_.push_back({address, symbol.st_size, rank, type != STT_NOTYPE, name});
    }
    // The one to be taken stands last of those at one address.
    std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
        return std::tuple{a.start, a.function, -a.rank, b.size} < std::tuple{b.start, b.function, -b.rank, a.size};
    });
}

std::vector<SymbolIndex::Symbol>::const_iterator SymbolIndex::last_before(std::uint64_t address) const {
    return std::upper_bound(symbols_.begin(), symbols_.end(), address,
                            [](std::uint64_t value, const Symbol& symbol) { return value < symbol.start; });
}

const char* SymbolIndex::covering(Dwfl_Module* module, std::uint64_t address) {
    read(module);
    constexpr int max_back = 32;  // symbols within a larger one, such as entry points
    auto at = last_before(address);
    for (int i = 0; i < max_back && at != symbols_.begin(); ++i) {
        --at;
        if (address - at->start < at->size) return at->name;
    }
    return nullptr;
}

const char* SymbolIndex::function_at(Dwfl_Module* module, std::uint64_t address) {
    read(module);
    auto at = last_before(address);
    if (at == symbols_.begin()) return nullptr;
    --at;
    return at->start == address && at->function ? at->name : nullptr;
}

}  // namespace heaptrend
