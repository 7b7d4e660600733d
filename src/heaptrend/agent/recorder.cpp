#include "heaptrend/agent/recorder.hpp"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "heaptrend/agent/births.hpp"
#include "heaptrend/agent/loader.hpp"
#include "heaptrend/agent/stacks.hpp"

namespace heaptrend::agent {
namespace {

constexpr const char* all_caches = "stats.arenas.4096.tcache_bytes";  // 4096 stands for all arenas together
constexpr double seconds_per_sample = 3e-6;  // what one sample costs jemalloc with libgcc's unwinder, about ten frames
// Parts of the budget; what is left is for looking at modules, stacks and PSS.
constexpr double share_of_samples = 0.6;
constexpr double share_of_dumps = 0.25;
constexpr double share_of_births = 0.1;
constexpr std::size_t max_lg_sample = 30;

/// A small file of /proc, cut to fit.
template <std::size_t Size>
std::size_t read_file(const char* path, std::array<char, Size>& text) noexcept {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    std::size_t used = 0;
    while (file >= 0 && used + 1 < Size) {
        const ssize_t size = read(file, text.data() + used, Size - 1 - used);
        if (size <= 0) break;
        used += static_cast<std::size_t>(size);
    }
    if (file >= 0) close(file);
    text[used] = '\0';
    return used;
}

unsigned long long start_time() noexcept {
    std::array<char, 1024> text{};
    read_file("/proc/self/stat", text);
    const char* at = std::strrchr(text.data(), ')');  // the name before it may hold anything
    for (int field = 2; at != nullptr && field < 22; ++field) at = std::strchr(at + 1, ' ');
    return at != nullptr ? std::strtoull(at, nullptr, 10) : 0;
}

std::uint64_t status_bytes(const char* text, const char* key) noexcept {
    const char* at = std::strstr(text, key);
    constexpr std::uint64_t kibi = 1024;
    return at != nullptr ? std::strtoull(at + std::strlen(key), nullptr, 10) * kibi : 0;
}

/// Writes "BUILD-ID PATH" for each loaded module with a GNU build-id note.
int write_module(dl_phdr_info* info, std::size_t, void* data) noexcept {
    const int file = *static_cast<int*>(data);
    const char* path = info->dlpi_name;
    std::array<char, 1024> exe{};
    if (path == nullptr || *path == '\0') {
        if (readlink("/proc/self/exe", exe.data(), exe.size() - 1) <= 0) return 0;
        path = exe.data();
    }
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& header = info->dlpi_phdr[i];
        if (header.p_type != PT_NOTE) continue;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers
        const auto* at = reinterpret_cast<const unsigned char*>(info->dlpi_addr + header.p_vaddr);
        const unsigned char* end = at + header.p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            ElfW(Nhdr) note{};
            std::memcpy(&note, at, sizeof note);
            const auto align = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
            const unsigned char* name = at + sizeof note;
            const unsigned char* id = name + align(note.n_namesz);
            if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
                for (unsigned k = 0; k < note.n_descsz && k < 64; ++k) dprintf(file, "%02x", id[k]);
                dprintf(file, " %s\n", path);
                return 0;
            }
            at = id + align(note.n_descsz);
        }
    }
    return 0;
}

int count_changes(dl_phdr_info* info, std::size_t, void* data) noexcept {
    *static_cast<std::uint64_t*>(data) = info->dlpi_adds + info->dlpi_subs;
    return 1;
}

void copy_file(const char* from, const char* to) noexcept {
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    std::array<char, 4096> piece{};
    for (ssize_t size = 0; in >= 0 && out >= 0 && (size = read(in, piece.data(), piece.size())) > 0;)
        if (write(out, piece.data(), static_cast<std::size_t>(size)) != size) break;
    if (in >= 0) close(in);
    if (out >= 0) close(out);
}

/// CPU of the calling thread, which is the agent's.
double own_seconds() noexcept {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

bool Recorder::open(const Settings& settings, const Jemalloc& jemalloc) noexcept {
    settings_ = settings;
    settings_.max_dumps = std::clamp(settings_.max_dumps, 8U, max_kept_dumps);
    jemalloc_ = jemalloc;
    interval_ = settings.interval;
    const int size =
        std::snprintf(folder_.data(), folder_.size(), "%s/%d.%llu", settings.folder, getpid(), start_time());
    if (size <= 0 || static_cast<std::size_t>(size) >= folder_.size()) return false;
    kept_count_ = next_ = 0;
    module_changes_ = 0;
    births_due_ = slow_due_ = seen_samples_ = dump_seconds_ = 0;
    constexpr int max_programs = 100;  // that one process may become by exec
    for (int program = 2; mkdir(folder_.data(), 0700) != 0; ++program) {
        if (errno != EEXIST || program > max_programs) return false;
        std::snprintf(&folder_[static_cast<std::size_t>(size)], folder_.size() - static_cast<std::size_t>(size), ".%d",
                      program);
    }
    if (settings_.births > 0 && !remember_births(jemalloc_, settings_.births)) settings_.births = 0;
    return true;
}

void Recorder::dump_path(unsigned sequence, std::array<char, 640>& path) const noexcept {
    std::snprintf(path.data(), path.size(), "%s/run.%d.%u.m%u.heap", folder_.data(), getpid(), sequence, sequence);
}

std::uint64_t Recorder::allocated() const noexcept {
    jemalloc_.refresh();
    return jemalloc_.number("stats.allocated");
}

void Recorder::append(const char* text, std::size_t size) const noexcept {
    std::array<char, 640> path{};
    std::snprintf(path.data(), path.size(), "%s/series.log", folder_.data());
    const int file = ::open(path.data(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    static_cast<void>(!write(file, text, size));  // a full disk costs this line
    close(file);
}

void Recorder::log_dump(double now, const char* name, bool at_exit) noexcept {
    std::array<char, 4096> status{};
    read_file("/proc/self/status", status);
    const char* version = "";
    static_cast<void>(jemalloc_.read("version", version));
    jemalloc_.refresh();
    std::array<char, 1024> line{};
    const auto number = [&](const char* key) { return static_cast<unsigned long long>(jemalloc_.number(key)); };
    const auto bytes = [&](const char* key) {
        return static_cast<unsigned long long>(status_bytes(status.data(), key));
    };
    const int size = std::snprintf(
        line.data(), line.size(),
        "dump %s time %.6f allocated %llu cached %llu active %llu metadata %llu resident %llu mapped %llu retained "
        "%llu rss %llu pss %llu "
        "anonymous %llu stacks %llu files %llu final %d jemalloc %.40s\n",
        name, now, number("stats.allocated"), number(all_caches), number("stats.active"), number("stats.metadata"),
        number("stats.resident"), number("stats.mapped"), number("stats.retained"), bytes("\nVmRSS:"), pss_,
        bytes("\nRssAnon:"), stacks_, bytes("\nRssFile:") + bytes("\nRssShmem:"), at_exit ? 1 : 0, version);
    if (size > 0) append(line.data(), std::min(static_cast<std::size_t>(size), line.size() - 1));
}

double Recorder::apart_by_cost(double seconds, double share) const noexcept {
    return settings_.budget > 0 ? seconds / (share * settings_.budget) : 0;
}

double Recorder::interval() const noexcept { return std::max(interval_, apart_by_cost(dump_seconds_, share_of_dumps)); }

void Recorder::dump(double now, bool at_exit) noexcept {
    const double started = own_seconds();
    take_dump(now, at_exit);
    dump_seconds_ = (dump_seconds_ + own_seconds() - started) / 2;
    record_births(now, at_exit);
}

/// A dump has its name once it is whole and logged: who reads the series meanwhile, or after the program was killed,
/// finds no part of one.
void Recorder::take_dump(double now, bool at_exit) noexcept {
    record_modules();
    std::array<char, 640> path{};
    std::array<char, 640> beside{};
    dump_path(next_, path);
    std::snprintf(beside.data(), beside.size(), "%s/dump.new", folder_.data());
    const char* unnamed = beside.data();
    if (!jemalloc_.write("prof.dump", unnamed)) {
        unlink(unnamed);
        return;
    }
    measure_slowly(now, at_exit);
    log_dump(now, std::strrchr(path.data(), '/') + 1, at_exit);
    if (rename(unnamed, path.data()) != 0) return;
    kept_[kept_count_++] = next_++;
    if (kept_count_ >= settings_.max_dumps) thin();
}

/// Not with each dump, for there may be thousands of threads, and the kernel walks all pages for PSS; and at the end
/// the threads have gone.
void Recorder::measure_slowly(double now, bool at_exit) noexcept {
    constexpr double apart = 10;  // seconds
    if (at_exit || now < slow_due_) return;
    slow_due_ = now + apart;
    std::array<char, 2048> rollup{};
    read_file("/proc/self/smaps_rollup", rollup);
    pss_ = status_bytes(rollup.data(), "\nPss:");
    stacks_ = resident_stacks();
}

/// The list of all samples is long: it is not written with each dump.
void Recorder::record_births(double now, bool at_exit) noexcept {
    constexpr double apart = 15;                      // seconds
    if (births_due_ == 0) births_due_ = now + apart;  // at the start there is nothing to tell
    if (settings_.births == 0 || (now < births_due_ && !at_exit)) return;
    const double started = own_seconds();
    std::array<char, 640> path{};
    std::snprintf(path.data(), path.size(), "%s/births%s", folder_.data(), at_exit ? ".exit" : "");
    write_births(jemalloc_, path.data());
    births_due_ = now + std::max(apart, apart_by_cost(own_seconds() - started, share_of_births));
}

void Recorder::remove_dump(unsigned sequence) noexcept {
    std::array<char, 640> path{};
    dump_path(sequence, path);
    unlink(path.data());
}

/// Every second dump goes, but the first and the newest.
void Recorder::thin() noexcept {
    unsigned kept = 0;
    for (unsigned i = 0; i < kept_count_; ++i) {
        if (i % 2 == 1 && i + 1 != kept_count_)
            remove_dump(kept_[i]);
        else
            kept_[kept++] = kept_[i];
    }
    kept_count_ = kept;
    interval_ *= 2;
}

void Recorder::record_modules() noexcept {
    std::uint64_t changes = 0;
    each_module(count_changes, &changes);
    if (changes == module_changes_) return;
    module_changes_ = changes;
    std::array<char, 640> path{};
    std::snprintf(path.data(), path.size(), "%s/build-ids", folder_.data());
    int file = ::open(path.data(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0) {
        each_module(write_module, &file);
        close(file);
    }
    std::snprintf(path.data(), path.size(), "%s/maps.%06u", folder_.data(), next_);
    copy_file("/proc/self/maps", path.data());
}

double Recorder::samples_so_far() const noexcept {
    std::array<char, 640> path{};
    std::snprintf(path.data(), path.size(), "%s/calibration", folder_.data());
    const char* name = path.data();
    if (!jemalloc_.write("prof.dump", name)) return seen_samples_;
    std::array<char, 512> head{};
    read_file(path.data(), head);
    unlink(path.data());
    // "heap_v2/N\n  t*: live: bytes [all samples so far: bytes]"
    const char* total = std::strchr(head.data(), '[');
    return total != nullptr ? std::strtod(total + 1, nullptr) : seen_samples_;
}

/// Its samples slow down a program that mostly allocates, so that it was taken for a calmer one: where there are still
/// too many once they cost less, the interval is raised further.
std::size_t Recorder::raise_interval(std::size_t lg_sample, double too_costly) noexcept {
    constexpr timespec quarter{.tv_sec = 0, .tv_nsec = 250'000'000};
    const double allowed = share_of_samples * settings_.budget;
    for (int look = 0; look < 4 && too_costly > 1; ++look) {
        const auto more = static_cast<std::size_t>(std::ceil(std::log2(too_costly)));
        const std::size_t raised = std::min(lg_sample + more, max_lg_sample);
        if (raised <= lg_sample || !jemalloc_.write("prof.reset", raised)) break;
        lg_sample = raised;
        seen_samples_ = 0;
        nanosleep(&quarter, nullptr);
        too_costly = 4 * samples_so_far() * seconds_per_sample / allowed;
    }
    return lg_sample;
}

bool Recorder::calibrate(double elapsed) noexcept {
    const double seen = samples_so_far();
    const double samples = seen - seen_samples_;
    const double cost = samples * seconds_per_sample / std::max(elapsed, 1e-3);
    seen_samples_ = seen;
    const std::size_t lg_sample = jemalloc_.number("prof.lg_sample");
    std::array<char, 200> line{};
    int size = std::snprintf(line.data(), line.size(), "calibration samples %.0f seconds %.3f lg_sample %zu\n", samples,
                             elapsed, lg_sample);
    append(line.data(), static_cast<std::size_t>(size));
    const double allowed = share_of_samples * settings_.budget;
    if (cost <= allowed || allowed <= 0) return false;
    const std::size_t raised = raise_interval(lg_sample, cost / allowed);
    if (raised == lg_sample) return false;
    for (unsigned i = 0; i < kept_count_; ++i) remove_dump(kept_[i]);  // taken with another interval
    kept_count_ = 0;
    size = std::snprintf(line.data(), line.size(), "reset lg_sample %zu\n", raised);
    append(line.data(), static_cast<std::size_t>(size));
    return true;
}

}  // namespace heaptrend::agent
