#include "heaptrend/symbolize.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "heaptrend/elf_module.hpp"

namespace heaptrend {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t max_notes = 20;

std::uint64_t inode_of(const fs::path& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

class Symbolizer {
  public:
    Symbolizer(Series& series, const SymbolizeOptions& options) : series_{series}, options_{options} {}

    SymbolizeResult run() {
        std::vector<std::vector<FrameIndex>> frames_of(series_.module_count());
        for (std::uint32_t i = 0; i < series_.frame_count(); ++i) {
            const Frame& frame = series_.frame(FrameIndex{i});
            ++result_.frames;
            if (!frame.lines.empty())
                ++result_.named;
            else
                frames_of[frame.module.value].push_back(FrameIndex{i});
        }
        for (std::uint32_t i = 0; i < frames_of.size(); ++i)
            if (!frames_of[i].empty()) name_module(ModuleIndex{i}, frames_of[i]);
        return std::move(result_);
    }

  private:
    void name_module(ModuleIndex index, const std::vector<FrameIndex>& frames) {
        const Module& module = series_.module(index);
        if (module.offsets == OffsetKind::absolute || module.path.empty() || module.path[0] != '/') return;
        const fs::path path =
            options_.sysroot.empty() ? fs::path{module.path} : options_.sysroot / module.path.substr(1);
        auto elf = open_copy(module, path);
        if (!elf) elf = ElfModule::open(path, options_.debug_path);
        if (!elf) return note(elf.error().context + missing_hint(module));
        if (!is_same_file(module, path, *elf)) return;
        if (module.build_id.empty()) series_.set_build_id(index, elf->build_id());
        std::size_t named = 0;
        for (const FrameIndex frame : frames) named += name_frame(frame, module.offsets, *elf) ? 1 : 0;
        result_.named += named;
        if (named == 0)
            note(module.path + ": no symbols for its " + std::to_string(frames.size()) + " frames (stripped?)");
    }

    /// The file that was mapped, when it is no more where it was: a copy in one of the folders for debug information.
    Result<ElfModule> open_copy(const Module& module, const fs::path& path) const {
        std::error_code error;
        if (module.build_id.empty() || (fs::exists(path, error) && !module.deleted)) {
            auto present = ElfModule::open(path, options_.debug_path);
            if (present && (module.build_id.empty() || present->build_id() == module.build_id)) return present;
        }
        for (std::string_view folders = options_.debug_path; !folders.empty();) {
            const auto end = std::min(folders.find(':'), folders.size());
            const fs::path copy = fs::path{folders.substr(0, end)} / path.filename();
            folders.remove_prefix(std::min(end + 1, folders.size()));
            auto elf = ElfModule::open(copy, options_.debug_path);
            if (elf && !module.build_id.empty() && elf->build_id() == module.build_id) return elf;
        }
        return fail(Errc::file_not_found, path.string());
    }

    static std::string missing_hint(const Module& module) {
        return module.build_id.empty()
                   ? ""
                   : "; a copy in a folder of --debug-path with build-id " + module.build_id + " would name its frames";
    }

    bool is_same_file(const Module& module, const fs::path& path, const ElfModule& elf) {
        if (!module.build_id.empty()) {
            if (module.build_id == elf.build_id()) return true;
            note(path.string() + " has build-id " + elf.build_id() + ", the process had " + module.build_id +
                 ": not named; a copy of that file in a folder of --debug-path would do");
            return false;
        }
        const bool same_inode = module.inode == 0 || inode_of(path) == module.inode;
        if (same_inode) return true;
        if (module.deleted) {
            note(path.string() + " was replaced while it was in use: not named");
            return false;
        }
        note(path.string() + " is not the file that was mapped, by its inode: names are right only if it is a copy");
        return true;
    }

    bool name_frame(FrameIndex index, OffsetKind kind, ElfModule& elf) {
        const std::uint64_t offset = series_.frame(index).offset;
        const auto address = kind == OffsetKind::file ? elf.to_virtual_address(offset) : std::optional{offset};
        if (!address) return false;
        series_.set_calls(index, series_.intern(elf.callee(*address + 1)));
        std::vector<SourceLine> lines;
        for (const SourceText& text : elf.lookup(*address))
            lines.push_back({series_.intern(text.function), series_.intern(text.file), text.line});
        if (lines.empty()) return false;
        series_.set_lines(index, std::move(lines));
        return true;
    }

    void note(std::string text) {
        if (result_.notes.size() < max_notes) result_.notes.push_back(std::move(text));
    }

    Series& series_;
    const SymbolizeOptions& options_;
    SymbolizeResult result_;
};

}  // namespace

SymbolizeResult symbolize(Series& series, const SymbolizeOptions& options) { return Symbolizer{series, options}.run(); }

}  // namespace heaptrend
