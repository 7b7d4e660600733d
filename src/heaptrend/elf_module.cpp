#include "heaptrend/elf_module.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "heaptrend/call_target.hpp"
#include "heaptrend/symbol_index.hpp"

namespace heaptrend {
namespace {

struct EndDwfl {
    void operator()(Dwfl* dwfl) const noexcept { dwfl_end(dwfl); }
};
struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
};

/// Addresses covered by one compilation unit.
struct UnitRange {
    Dwarf_Addr start;
    Dwarf_Addr end;
    Dwarf_Off unit;
};

/// Code of one function; its entry in the debug information.
struct FunctionRange {
    Dwarf_Addr start;
    Dwarf_Addr end;
    Dwarf_Off entry;
};

std::string text_of(const char* text) { return text != nullptr ? text : ""; }

bool is_namespace(int tag) { return tag == DW_TAG_namespace || tag == DW_TAG_module; }

bool is_type(int tag) { return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type; }

/// True for what stands between a function and the functions inlined in it.
bool is_block(Dwarf_Die& die) {
    const int tag = dwarf_tag(&die);
    return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block ||
           tag == DW_TAG_inlined_subroutine;
}

/// Calls `visit` with each of the entries directly below `parent`, until it answers false.
template <class Visit>
void for_each_child(Dwarf_Die& parent, const Visit& visit) {
    Dwarf_Die child;
    if (dwarf_child(&parent, &child) != 0) return;
    do {
        if (!visit(child)) return;
    } while (dwarf_siblingof(&child, &child) == 0);
}

/// What an entry says of its code; libdw's own functions would search the entry again for each answer.
struct CodeAttributes {
    Dwarf_Addr low = 0;
    Dwarf_Word high = 0;  ///< an address, or what is to be added to `low`
    bool is_size = false;
    bool has_ranges = false;

    explicit CodeAttributes(Dwarf_Die& die) { dwarf_getattrs(&die, note, this, 0); }
    static int note(Dwarf_Attribute* attribute, void* self) {
        auto& code = *static_cast<CodeAttributes*>(self);
        switch (dwarf_whatattr(attribute)) {
            case DW_AT_low_pc: dwarf_formaddr(attribute, &code.low); break;
            case DW_AT_high_pc:
                code.is_size =
                    dwarf_formaddr(attribute, &code.high) != 0 && dwarf_formudata(attribute, &code.high) == 0;
                break;
            case DW_AT_ranges: code.has_ranges = true; break;
            default: break;
        }
        return DWARF_CB_OK;
    }
};

void add_function(Dwarf_Die& die, std::vector<FunctionRange>& functions) {
    const CodeAttributes code{die};
    const Dwarf_Off entry = dwarf_dieoffset(&die);
    if (!code.has_ranges) {
        const Dwarf_Addr past = code.is_size ? code.low + code.high : code.high;
        if (code.low < past) functions.push_back({code.low, past, entry});
        return;
    }
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    for (std::ptrdiff_t next = 0; (next = dwarf_ranges(&die, next, &base, &start, &end)) > 0;)
        if (start < end) functions.push_back({start, end, entry});
}

/// Those of namespaces too; those that stand within types only on demand.
void add_functions(Dwarf_Die& parent, bool of_types, std::vector<FunctionRange>& functions) {
    for_each_child(parent, [&](Dwarf_Die& child) {
        const int tag = dwarf_tag(&child);
        if (tag == DW_TAG_subprogram)
            add_function(child, functions);
        else if (is_namespace(tag) || (of_types && is_type(tag)))
            add_functions(child, of_types, functions);
        return true;
    });
}

/// The functions of one compilation unit, by address. Compilers put the code of a type's functions beside the type, so
/// the insides of types, most of a C++ unit, are read only when an address is found nowhere else.
struct UnitFunctions {
    std::vector<FunctionRange> ranges;
    bool of_types = false;

    void read(Dwarf_Die& unit) {
        ranges.clear();
        add_functions(unit, of_types, ranges);
        std::sort(ranges.begin(), ranges.end(),
                  [](const FunctionRange& a, const FunctionRange& b) { return a.start < b.start; });
    }
    [[nodiscard]] const FunctionRange* at(Dwarf_Addr address) const {
        const auto next =
            std::upper_bound(ranges.begin(), ranges.end(), address,
                             [](Dwarf_Addr value, const FunctionRange& range) { return value < range.start; });
        if (next == ranges.begin() || address >= std::prev(next)->end) return nullptr;
        return &*std::prev(next);
    }
};

/// The linkage name when there is one; static and inlined functions often have none but their plain name.
std::string function_name(Dwarf_Die& die) {
    Dwarf_Attribute attribute;
    for (const unsigned kind : {unsigned{DW_AT_linkage_name}, unsigned{DW_AT_MIPS_linkage_name}})
        if (const char* name = dwarf_formstring(dwarf_attr_integrate(&die, kind, &attribute)); name != nullptr)
            return demangle(name);
    return text_of(dwarf_diename(&die));
}

std::uint32_t number_of(Dwarf_Die& die, unsigned kind) {
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (dwarf_formudata(dwarf_attr(&die, kind, &attribute), &value) != 0) return 0;
    return static_cast<std::uint32_t>(value);
}

/// Where the function that `inlined` stands for was called.
void set_call_site(Dwarf_Die& inlined, Dwarf_Die& unit, SourceText& caller) {
    caller.line = number_of(inlined, DW_AT_call_line);
    Dwarf_Files* files = nullptr;
    std::size_t count = 0;
    const std::uint32_t index = number_of(inlined, DW_AT_call_file);
    if (dwarf_getsrcfiles(&unit, &files, &count) == 0 && index < count)
        caller.file = text_of(dwarf_filesrc(files, index, nullptr, nullptr));
}

}  // namespace

struct ElfModule::Impl {
    Dwfl_Callbacks callbacks{};
    std::string debug_path;
    char* debug_path_pointer = nullptr;
    std::unique_ptr<Dwfl, EndDwfl> dwfl;
    Dwfl_Module* module = nullptr;
    std::string build_id;
    std::optional<std::vector<UnitRange>> unit_ranges;
    std::unordered_map<Dwarf_Off, UnitFunctions> functions;  ///< by unit
    SymbolIndex symbols;
    CallTargets call_targets;

    [[nodiscard]] bool find_unit(Dwarf_Addr address, Dwarf_Die& unit, Dwarf_Addr& bias);
    void read_unit_ranges(Dwarf* dwarf);
    void add_ranges(Dwarf_Die& unit);
    [[nodiscard]] bool find_function(Dwarf_Die& unit, Dwarf_Addr address, Dwarf_Die& function);
    [[nodiscard]] std::vector<SourceText> from_dwarf(Dwarf_Addr address);
    [[nodiscard]] std::vector<SourceText> from_symbols(Dwarf_Addr address);
    void set_position(Dwarf_Addr address, SourceText& text) const;
};

void ElfModule::Impl::add_ranges(Dwarf_Die& unit) {
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;
    for (std::ptrdiff_t next = 0; (next = dwarf_ranges(&unit, next, &base, &start, &end)) > 0;)
        if (start < end) unit_ranges->push_back({start, end, dwarf_dieoffset(&unit)});
}

/// The units' own ranges, for compilers that write no .debug_aranges.
void ElfModule::Impl::read_unit_ranges(Dwarf* dwarf) {
    unit_ranges.emplace();
    Dwarf_CU* at = nullptr;
    Dwarf_Die unit;
    while (dwarf_get_units(dwarf, at, &at, nullptr, nullptr, &unit, nullptr) == 0) add_ranges(unit);
    std::sort(unit_ranges->begin(), unit_ranges->end(),
              [](const UnitRange& a, const UnitRange& b) { return a.start < b.start; });
}

bool ElfModule::Impl::find_unit(Dwarf_Addr address, Dwarf_Die& unit, Dwarf_Addr& bias) {
    if (const Dwarf_Die* found = dwfl_module_addrdie(module, address, &bias); found != nullptr) {
        unit = *found;
        return true;
    }
    Dwarf* dwarf = dwfl_module_getdwarf(module, &bias);
    if (dwarf == nullptr) return false;
    if (!unit_ranges) read_unit_ranges(dwarf);
    const auto next = std::upper_bound(unit_ranges->begin(), unit_ranges->end(), address - bias,
                                       [](Dwarf_Addr value, const UnitRange& range) { return value < range.start; });
    if (next == unit_ranges->begin() || address - bias >= std::prev(next)->end) return false;
    return dwarf_offdie(dwarf, std::prev(next)->unit, &unit) != nullptr;
}

void ElfModule::Impl::set_position(Dwarf_Addr address, SourceText& text) const {
    Dwfl_Line* line = dwfl_module_getsrc(module, address);
    if (line == nullptr) return;
    int number = 0;
    text.file = text_of(dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr));
    text.line = static_cast<std::uint32_t>(std::max(number, 0));
}

/// libdw's own search for the scopes of an address reads the whole unit each time.
bool ElfModule::Impl::find_function(Dwarf_Die& unit, Dwarf_Addr address, Dwarf_Die& function) {
    const auto [entry, added] = functions.try_emplace(dwarf_dieoffset(&unit));
    UnitFunctions& all = entry->second;
    if (added) all.read(unit);
    const FunctionRange* found = all.at(address);
    if (found == nullptr && !all.of_types) {
        all.of_types = true;
        all.read(unit);
        found = all.at(address);
    }
    return found != nullptr && dwarf_offdie(dwarf_cu_getdwarf(unit.cu), found->entry, &function) != nullptr;
}

/// The function that holds the address, and below it the chain of those inlined there.
std::vector<SourceText> ElfModule::Impl::from_dwarf(Dwarf_Addr address) {
    Dwarf_Die unit;
    Dwarf_Die at;
    Dwarf_Addr bias = 0;
    if (!find_unit(address, unit, bias) || !find_function(unit, address - bias, at)) return {};
    std::vector<Dwarf_Die> chain{at};
    for (bool deeper = true; deeper;) {
        deeper = false;
        Dwarf_Die parent = at;
        for_each_child(parent, [&](Dwarf_Die& child) {
            if (!is_block(child) || dwarf_haspc(&child, address - bias) <= 0) return true;
            if (dwarf_tag(&child) == DW_TAG_inlined_subroutine) chain.push_back(child);
            at = child;
            deeper = true;
            return false;
        });
    }
    std::vector<SourceText> levels;
    for (std::size_t i = chain.size(); i-- > 0;) {
        SourceText level{.function = function_name(chain[i]), .file = {}, .line = 0};
        if (i + 1 == chain.size())
            set_position(address, level);
        else
            set_call_site(chain[i + 1], unit, level);
        levels.push_back(std::move(level));
    }
    return levels;
}

std::vector<SourceText> ElfModule::Impl::from_symbols(Dwarf_Addr address) {
    const char* name = symbols.covering(module, address);
    if (name == nullptr) return {};
    SourceText text{.function = demangle(name), .file = {}, .line = 0};
    set_position(address, text);
    return {std::move(text)};
}

Result<ElfModule> ElfModule::open(const std::filesystem::path& path, const std::string& debug_path) {
    auto impl = std::make_unique<Impl>();
    impl->debug_path = debug_path.empty() ? ":.debug:/usr/lib/debug" : debug_path;
    impl->debug_path_pointer = impl->debug_path.data();
    impl->callbacks = {.find_elf = dwfl_build_id_find_elf,
                       .find_debuginfo = dwfl_standard_find_debuginfo,
                       .section_address = dwfl_offline_section_address,
                       .debuginfo_path = &impl->debug_path_pointer};
    impl->dwfl.reset(dwfl_begin(&impl->callbacks));
    if (!impl->dwfl) return fail(Errc::file_unreadable, path.string() + ": " + text_of(dwfl_errmsg(-1)));
    dwfl_report_begin(impl->dwfl.get());
    const std::string name = path.string();
    // Without a bias of our own the module lies at the addresses that its file states.
    impl->module = dwfl_report_elf(impl->dwfl.get(), name.c_str(), name.c_str(), -1, 0, true);
    const char* problem = impl->module == nullptr ? dwfl_errmsg(-1) : nullptr;
    dwfl_report_end(impl->dwfl.get(), nullptr, nullptr);
    if (impl->module == nullptr) return fail(Errc::file_unreadable, name + ": " + text_of(problem));
    const unsigned char* bits = nullptr;
    GElf_Addr unused = 0;
    const int size = dwfl_module_build_id(impl->module, &bits, &unused);
    constexpr std::string_view digits = "0123456789abcdef";
    for (int i = 0; i < size; ++i) {
        impl->build_id += digits[bits[i] >> 4U];
        impl->build_id += digits[bits[i] & 15U];
    }
    return ElfModule{std::move(impl)};
}

ElfModule::ElfModule(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
ElfModule::ElfModule(ElfModule&&) noexcept = default;
ElfModule& ElfModule::operator=(ElfModule&&) noexcept = default;
ElfModule::~ElfModule() = default;

const std::string& ElfModule::build_id() const noexcept { return impl_->build_id; }

std::optional<std::uint64_t> ElfModule::to_virtual_address(std::uint64_t offset) const {
    GElf_Addr bias = 0;
    Elf* elf = dwfl_module_getelf(impl_->module, &bias);
    std::size_t count = 0;
    if (elf == nullptr || elf_getphdrnum(elf, &count) != 0) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr || header.p_type != PT_LOAD) continue;
        if (offset >= header.p_offset && offset - header.p_offset < header.p_filesz)
            return offset - header.p_offset + header.p_vaddr;
    }
    return std::nullopt;
}

std::vector<SourceText> ElfModule::lookup(std::uint64_t address) {
    auto levels = impl_->from_dwarf(address);
    const bool named =
        std::any_of(levels.begin(), levels.end(), [](const SourceText& t) { return !t.function.empty(); });
    return named ? levels : impl_->from_symbols(address);
}

std::string ElfModule::callee(std::uint64_t return_address) {
    const auto name = impl_->call_targets.name_at(impl_->module, impl_->symbols, return_address);
    return name ? demangle(*name) : std::string{};
}

std::string demangle(std::string_view symbol) {
    constexpr std::size_t max_symbol = 16'384;
    std::string name{symbol.substr(0, symbol.find('@'))};
    if (name.size() > max_symbol || !name.starts_with("_Z")) return name;
    int status = 0;
    const std::unique_ptr<char, Free> plain{abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status)};
    return status == 0 && plain ? plain.get() : name;
}

void disable_debuginfod() { unsetenv("DEBUGINFOD_URLS"); }

}  // namespace heaptrend
