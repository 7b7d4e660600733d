#include "heaptrend/load.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "heaptrend/agent_log.hpp"
#include "heaptrend/decompress.hpp"
#include "heaptrend/file.hpp"
#include "heaptrend/read.hpp"
#include "heaptrend/scan.hpp"
#include "heaptrend/series_builder.hpp"

namespace heaptrend {
namespace fs = std::filesystem;
namespace {

struct DumpFile {
    fs::path path;
    DumpName name;
    double time = 0;
};

constexpr std::uint64_t max_maps_bytes = std::uint64_t{256} << 20U;

bool is_number(std::string_view text) noexcept {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::uint64_t to_number(std::string_view text) noexcept { return Scan{text}.number().value_or(0); }

/// Takes the last ".part" off `name`.
std::string_view take_part(std::string_view& name) noexcept {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) return {};
    const std::string_view part = name.substr(dot + 1);
    name = name.substr(0, dot);
    return part;
}

double seconds_of(const fs::path& path) {
    std::error_code error;
    const auto written = fs::last_write_time(path, error);
    if (error) return 0;
    const auto since = std::chrono::file_clock::to_sys(written).time_since_epoch();
    return std::chrono::duration<double>(since).count();
}

Result<std::vector<DumpFile>> find_files(const std::vector<std::string>& arguments) {
    std::vector<DumpFile> files;
    for (const std::string& argument : arguments) {
        auto found = expand(argument);
        if (!found) return tl::unexpected{found.error()};
        for (fs::path& path : *found) {
            const DumpName name = parse_dump_name(path.filename().string());
            const double time = seconds_of(path);
            files.push_back({std::move(path), name, time});
        }
        if (files.size() > max_series_files)
            return fail(Errc::limit_exceeded, "more than " + std::to_string(max_series_files) + " files");
    }
    return files;
}

Result<> require_one_process(const std::vector<DumpFile>& files) {
    std::map<std::uint64_t, std::size_t> files_of;
    for (const DumpFile& file : files) ++files_of[file.name.process];
    if (files_of.size() < 2) return {};
    std::string list;
    for (const auto& [process, count] : files_of)
        if (list.size() < 120)
            list += (list.empty() ? "" : ", ") + std::to_string(process) + " (" + std::to_string(count) + ")";
    return fail(Errc::mixed_series, "dumps of " + std::to_string(files_of.size()) + " processes: " + list +
                                        "; name the files of one, for instance PREFIX.PID.*.heap");
}

/// By sequence number; the times must follow, or they are of copies and say nothing.
void order(std::vector<DumpFile>& files, std::vector<std::string>& notes) {
    std::stable_sort(files.begin(), files.end(), [](const DumpFile& a, const DumpFile& b) {
        return a.name.sequence != b.name.sequence ? a.name.sequence < b.name.sequence : a.time < b.time;
    });
    const bool follow = std::is_sorted(files.begin(), files.end(),
                                       [](const DumpFile& a, const DumpFile& b) { return a.time < b.time; });
    if (files.size() < 2 || (follow && files.back().time > files.front().time)) return;
    for (std::size_t i = 0; i < files.size(); ++i) files[i].time = static_cast<double>(i);
    notes.emplace_back(
        "the files' times do not follow their sequence (copied files?): rates are per dump, not per second");
}

Result<Dump> read_dump(Format format, std::string_view text) {
    return format == Format::heap_v2 ? read_heap_v2(text) : read_gperftools(text);
}

/// Collects the whole dumps of one format and period, and counts the damaged.
class DumpCollector {
  public:
    void use(AgentLog log) { log_ = std::move(log); }
    Result<> add(const DumpFile& file) {
        auto bytes = read_file(file.path, max_file_bytes);
        if (!bytes && bytes.error().code == Errc::file_not_found) {  // listed a moment ago: the agent has thinned it
            gone_ = bytes.error();
            return {};
        }
        if (!bytes) return tl::unexpected{bytes.error()};
        const Format format = format_of(*bytes);
        if (format != Format::heap_v2 && format != Format::gperftools) return refuse(file, format);
        if (format_ == Format::unknown) format_ = format;
        if (format != format_)
            return fail(Errc::mixed_series, file.path.string() + " is " + std::string{name_of(format)} +
                                                ", the files before are " + std::string{name_of(format_)});
        auto dump = read_dump(format, *bytes);
        if (!dump) {
            damaged(file, dump.error());
            return {};
        }
        return accept(file, *dump);
    }
    Result<Series> finish(std::vector<std::string> notes) {
        if (whole_ == 0) return tl::unexpected{first_error_ ? *first_error_ : *gone_};
        if (log_) {
            for (const AgentLog::Birth& birth : log_->births) builder_.add_birth(birth.addresses, birth.age);
            if (log_->was_reset) builder_.forgot_before();
        }
        Series series = std::move(builder_).finish();
        series.format = name_of(format_);
        if (first_error_) {
            notes.push_back(std::to_string(damaged_) + " of " + std::to_string(damaged_ + whole_) +
                            " dumps left out: " + first_error_->message());
        }
        leave_ends_out(series, notes);
        series.notes.insert(series.notes.begin(), notes.begin(), notes.end());
        return series;
    }

  private:
    /// A program that ends gives memory back: its last dump would make a leak look like a sawtooth. Before main()
    /// nothing is there yet: from that dump on, all that a program loads would be growth.
    static void leave_ends_out(Series& series, std::vector<std::string>& notes) {
        constexpr std::size_t enough_without = 5;
        if (series.snapshots.size() > enough_without && series.snapshots.back().at_exit) {
            series.snapshots.pop_back();
            notes.emplace_back("the dump at the program's end is left out: what it frees then tells nothing of growth");
        }
        if (series.snapshots.size() > enough_without && series.snapshots.front().at_start)
            series.snapshots.erase(series.snapshots.begin());
    }
    Result<> refuse(const DumpFile& file, Format format) {
        if (format == Format::unknown && whole_ + damaged_ > 0) {
            damaged(file, Error{Errc::not_a_profile, {}});
            return {};
        }
        if (format == Format::unknown)
            return fail(Errc::not_a_profile,
                        file.path.string() + ": known are jemalloc heap_v2, gperftools, heaptrack, massif");
        return fail(Errc::mixed_series, file.path.string() + " is " + std::string{name_of(format)} + ": give it alone");
    }
    Result<> accept(const DumpFile& file, Dump& dump) {
        if (whole_ > 0 && dump.sample_period != period_)
            return fail(Errc::mixed_series, file.path.string() + " was sampled every " +
                                                std::to_string(dump.sample_period) + " bytes, the files before every " +
                                                std::to_string(period_));
        period_ = dump.sample_period;
        ++whole_;
        DumpOrigin origin{.time = file.time, .source = file.path.filename().string(), .memory = {}};
        origin.at_exit = file.name.final;
        if (log_) add_log(file, dump, origin);
        builder_.add(dump, std::move(origin));
        return {};
    }
    /// Times, statistics and build-ids from the agent, and the modules that came and went before this dump.
    void add_log(const DumpFile& file, Dump& dump, DumpOrigin& origin) {
        for (auto& maps = log_->maps; !maps.empty() && maps.begin()->first <= file.name.sequence;
             maps.erase(maps.begin())) {
            const auto text = read_file(maps.begin()->second, max_maps_bytes);
            if (!text) continue;
            auto mappings = parse_maps(*text);
            name_builds(mappings);
            builder_.add_mappings(mappings);
        }
        name_builds(dump.mappings);
        const auto line = log_->dumps.find(origin.source);
        if (line == log_->dumps.end()) return;
        origin.memory = line->second.memory;
        origin.at_exit = line->second.at_exit;
        origin.at_start = file.name.sequence == 0;
        origin.small_samples_counted_large = line->second.small_samples_counted_large;
    }
    void name_builds(std::vector<Mapping>& mappings) const {
        for (Mapping& mapping : mappings)
            if (const auto known = log_->build_ids.find(mapping.path); known != log_->build_ids.end())
                mapping.build_id = known->second;
    }
    void damaged(const DumpFile& file, Error error) {
        ++damaged_;
        if (first_error_) return;
        first_error_ = std::move(error);
        first_error_->context =
            file.path.string() + (first_error_->context.empty() ? "" : ": ") + first_error_->context;
    }

    Format format_ = Format::unknown;
    double period_ = 0;
    std::size_t whole_ = 0;
    std::size_t damaged_ = 0;
    std::optional<Error> first_error_;  ///< of the damaged
    std::optional<Error> gone_;
    std::optional<AgentLog> log_;
    SeriesBuilder builder_;
};

Result<Series> in_file(Result<Series> series, const fs::path& path) {
    if (series) return series;
    Error error = series.error();
    error.context = path.string() + (error.context.empty() ? "" : ": ") + error.context;
    return tl::unexpected{std::move(error)};
}

/// Nothing when the only file is not of a format that holds a whole series.
std::optional<Result<Series>> load_single(const fs::path& path) {
    const auto bytes = read_file(path, max_file_bytes);
    if (!bytes) return Result<Series>{tl::unexpected{bytes.error()}};
    if (bytes->empty()) return Result<Series>{fail(Errc::not_a_profile, path.string() + " is empty")};
    if (format_of(*bytes) == Format::heaptrack) return in_file(read_heaptrack(*bytes), path);
    if (format_of(*bytes) == Format::massif) return in_file(read_massif(*bytes), path);
    return std::nullopt;
}

}  // namespace

DumpName parse_dump_name(std::string_view name) noexcept {
    if (!name.ends_with(".heap")) return {};
    take_part(name);
    const std::string_view last = take_part(name);
    if (is_number(last)) return {.process = 0, .sequence = to_number(last), .final = false};
    const bool jemalloc = !last.empty() && std::string_view{"imuf"}.find(last[0]) != std::string_view::npos &&
                          (last == "f" || is_number(last.substr(1)));
    if (!jemalloc) return {};
    const std::string_view sequence = take_part(name);
    const std::string_view process = take_part(name);
    if (!is_number(sequence) || !is_number(process)) return {};
    return {.process = to_number(process), .sequence = to_number(sequence), .final = last == "f"};
}

Format format_of(std::string_view bytes) noexcept {
    if (bytes.starts_with("heap_v2/")) return Format::heap_v2;
    if (bytes.starts_with("heap profile:")) return Format::gperftools;
    if (bytes.starts_with("desc:")) return Format::massif;
    if (bytes.starts_with("v ") || compression_of(bytes) != Compression::none) return Format::heaptrack;
    return Format::unknown;
}

std::string_view name_of(Format format) noexcept {
    switch (format) {
        case Format::heap_v2: return "jemalloc heap_v2";
        case Format::gperftools: return "gperftools";
        case Format::heaptrack: return "heaptrack";
        case Format::massif: return "massif";
        case Format::unknown: break;
    }
    return "unknown";
}

Result<Series> load_series(const std::vector<std::string>& arguments) {
    auto files = find_files(arguments);
    if (!files) return tl::unexpected{files.error()};
    if (files->empty()) return fail(Errc::bad_argument, "no files given");
    if (files->size() == 1)
        if (auto single = load_single(files->front().path)) return std::move(*single);
    if (const auto one = require_one_process(*files); !one) return tl::unexpected{one.error()};
    std::vector<std::string> notes;
    DumpCollector collector;
    if (auto log = read_agent_log(files->front().path.parent_path())) {
        for (DumpFile& file : *files)
            if (const auto line = log->dumps.find(file.path.filename().string()); line != log->dumps.end())
                file.time = line->second.time;
        notes = log->notes;
        collector.use(std::move(*log));
    }
    order(*files, notes);
    for (const DumpFile& file : *files)
        if (const auto added = collector.add(file); !added) return tl::unexpected{added.error()};
    return collector.finish(std::move(notes));
}

}  // namespace heaptrend
