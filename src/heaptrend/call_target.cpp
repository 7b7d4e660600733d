#include "heaptrend/call_target.hpp"

#include <array>
#include <cstring>

namespace heaptrend {
namespace {

constexpr std::size_t max_relocations = 4'000'000;

/// `size` bytes of code as loaded at `address`. False outside the executable segments.
bool read_code(Elf* elf, std::uint64_t address, unsigned char* bytes, std::size_t size) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return false;
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr) return false;
        if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0 || address < header.p_vaddr) continue;
        const std::uint64_t at = address - header.p_vaddr;
        if (at >= header.p_filesz || size > header.p_filesz - at) continue;
        const Elf_Data* data =
            elf_getdata_rawchunk(elf, static_cast<std::int64_t>(header.p_offset + at), size, ELF_T_BYTE);
        if (data == nullptr || data->d_buf == nullptr) return false;
        std::memcpy(bytes, data->d_buf, size);
        return true;
    }
    return false;
}

/// Where the last four of the instruction's bytes point, counted from its end.
std::uint64_t relative(std::uint64_t end, const unsigned char* bytes) {
    std::int32_t distance = 0;
    std::memcpy(&distance, bytes, sizeof distance);
    return end + static_cast<std::uint64_t>(std::int64_t{distance});
}

}  // namespace

void CallTargets::read_relocations(Elf* elf) {
    read_ = true;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_RELA || header.sh_entsize == 0) continue;
        Elf_Data* entries = elf_getdata(section, nullptr);
        Elf_Scn* symbols = elf_getscn(elf, header.sh_link);
        GElf_Shdr symbols_header;
        if (entries == nullptr || symbols == nullptr || gelf_getshdr(symbols, &symbols_header) == nullptr) continue;
        Elf_Data* table = elf_getdata(symbols, nullptr);
        const std::size_t count = header.sh_size / header.sh_entsize;
        for (std::size_t i = 0; table != nullptr && i < count && name_of_slot_.size() < max_relocations; ++i) {
            GElf_Rela relocation;
            GElf_Sym symbol;
            if (gelf_getrela(entries, static_cast<int>(i), &relocation) == nullptr) break;
            const auto type = GELF_R_TYPE(relocation.r_info);
            if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) continue;
            if (gelf_getsym(table, static_cast<int>(GELF_R_SYM(relocation.r_info)), &symbol) == nullptr) continue;
            const char* name = elf_strptr(elf, symbols_header.sh_link, symbol.st_name);
            if (name != nullptr && *name != '\0') name_of_slot_.emplace(relocation.r_offset, name);
        }
    }
}

std::optional<std::string> CallTargets::in_table(Elf* elf, std::uint64_t slot) {
    if (!read_) read_relocations(elf);
    const auto found = name_of_slot_.find(slot);
    return found != name_of_slot_.end() ? std::optional{found->second} : std::nullopt;
}

/// A stub of the linkage table: [endbr64] [bnd] jmp *slot(%rip).
std::optional<std::string> CallTargets::behind_linkage(Elf* elf, std::uint64_t stub) {
    std::array<unsigned char, 12> code{};
    if (!read_code(elf, stub, code.data(), code.size())) return std::nullopt;
    std::size_t at = 0;
    constexpr std::array<unsigned char, 4> endbr64{0xf3, 0x0f, 0x1e, 0xfa};
    if (std::memcmp(code.data(), endbr64.data(), endbr64.size()) == 0) at += endbr64.size();
    if (code.at(at) == 0xf2) ++at;
    if (code.at(at) != 0xff || code.at(at + 1) != 0x25) return std::nullopt;
    return in_table(elf, relative(stub + at + 6, &code.at(at + 2)));
}

std::optional<std::string> CallTargets::name_at(Dwfl_Module* module, SymbolIndex& symbols,
                                                std::uint64_t return_address) {
    GElf_Addr bias = 0;
    Elf* elf = dwfl_module_getelf(module, &bias);
    GElf_Ehdr header;
    if (elf == nullptr || gelf_getehdr(elf, &header) == nullptr || header.e_machine != EM_X86_64) return std::nullopt;
    std::array<unsigned char, 6> code{};
    if (return_address < code.size() || !read_code(elf, return_address - code.size(), code.data(), code.size()))
        return std::nullopt;
    const std::uint64_t target = relative(return_address, &code[2]);
    if (code[0] == 0xff && code[1] == 0x15) return in_table(elf, target);  // call *slot(%rip)
    if (code[1] != 0xe8) return std::nullopt;                              // call target
    if (const char* function = symbols.function_at(module, target); function != nullptr) return function;
    return behind_linkage(elf, target);
}

}  // namespace heaptrend
