#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "heaptrend/report.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.insert(0, width - text.size(), ' ');
    return text;
}

std::string place(const Series& series, const StackLevel& level) {
    if (level.tail_called) return " (ended in a jump)";
    const std::string inlined = level.inlined ? " (inlined)" : "";
    if (level.place.file.value != 0)
        return inlined + " " + std::string{series.text(level.place.file)} + ":" + std::to_string(level.place.line);
    return inlined + (level.named() ? " " + module_name(series.module(level.module)) : "");
}

/// The stack's functions, leaf first.
std::string stack_lines(const Series& series, StackIndex stack) {
    constexpr std::size_t max_lines = 24;
    std::string text;
    std::size_t lines = 0;
    std::size_t left_out = 0;
    for (const StackLevel& level : stack_levels(series, stack)) {
        const std::string name = level.named() ? qualified_name(level_name(series, level)) : level_name(series, level);
        if (level.inlined && name.starts_with("std::")) continue;  // what the standard library is made of inside
        if (lines++ < max_lines)
            text += "      " + name + place(series, level) + "\n";
        else
            ++left_out;
    }
    if (left_out > 0) text += "      and " + std::to_string(left_out) + " more\n";
    return text;
}

std::string owner_table(const Series& series, const Verdict& verdict, const ReportOptions& options) {
    std::string text = "        live      growth  95 % interval            share  shape           owner\n";
    std::size_t rows = 0;
    for (const OwnerGrowth& owner : verdict.owners) {
        const Judgement& judgement = owner.judgement;
        if (judgement.last_bytes <= 0 && judgement.growth.bytes == 0) continue;
        if (rows++ == std::max(options.max_owners, verdict.convicted)) break;
        std::array<char, 32> share{};
        std::snprintf(share.data(), share.size(), "%5.1f %%", 100 * owner.share);
        const std::string interval = "[" + format_bytes(judgement.growth.interval.low) + ", " +
                                     format_bytes(judgement.growth.interval.high) + "]";
        std::string shape{judgement.growing
                              ? name_of(judgement.shape)
                              : (judgement.persists ? std::string_view{"unclear"} : name_of(judgement.shape))};
        shape.resize(std::max<std::size_t>(shape.size(), 14) + 2, ' ');
        text += padded(format_bytes(judgement.last_bytes), 12);
        text += padded(format_bytes(judgement.growth.bytes), 12);
        text.append("  ").append(interval).append(interval.size() < 23 ? 23 - interval.size() : 1, ' ');
        text.append(share.data()).append("  ").append(shape);
        text.append(verdict.folded.owners[owner.owner.value].title(series)).append("\n");
    }
    return text;
}

std::string line(std::string_view label, double bytes, std::string_view remark = {}) {
    std::string text{label};
    text.resize(std::max<std::size_t>(text.size(), 16), ' ');
    return "  " + text + padded(format_bytes(bytes), 12) + (remark.empty() ? "" : "  ") + std::string{remark} + "\n";
}

std::string totals_table(const Totals& totals) {
    std::string text = "Live bytes in the last snapshot\n";
    text += line("growing", totals.growing) + line("stable", totals.stable) + line("unsymbolised", totals.unsymbolised);
    text += line("= profile", totals.profile(), "+- " + format_bytes(2 * totals.profile_error) + " by sampling");
    if (!totals.memory) return text;
    const MemoryStats& memory = *totals.memory;
    const auto allocated = static_cast<double>(memory.allocated);
    text +=
        line("thread caches", static_cast<double>(memory.cached), "freed blocks that the allocator keeps for threads");
    text +=
        line("residual", totals.residual(), "small and short-lived blocks, and the sampling error; may be negative");
    text += line("= heap", allocated);
    if (memory.rss == 0) return text;
    const double fragmentation =
        static_cast<double>(memory.resident) - allocated - static_cast<double>(memory.metadata);
    const double known = static_cast<double>(memory.resident + memory.stacks + memory.files);
    text += line("fragmentation", fragmentation, "resident pages of the allocator beyond its blocks");
    text += line("metadata", static_cast<double>(memory.metadata));
    text += line("stacks", static_cast<double>(memory.stacks)) + line("files", static_cast<double>(memory.files));
    text += line("other mappings", static_cast<double>(memory.rss) - known,
                 "below zero: pages that the allocator counts and nothing has touched yet");
    return text + line("= RSS", static_cast<double>(memory.rss));
}

}  // namespace

std::string text_report(const Series& series, const Verdict& verdict, const ReportOptions& options) {
    std::string text;
    for (const std::string& sentence : summary(verdict, series)) text += sentence + "\n";
    text += "\n" + std::to_string(series.snapshots.size()) + " snapshots (" + series.format + ") over " +
            format_duration(verdict.timeline.length());
    if (!verdict.timeline.exact) text += ", one block recorded every " + format_bytes(verdict.timeline.sample_period);
    text += "; the heap grew " + format_rate(verdict.total.bytes, verdict.total.interval, verdict.total.seconds);
    text += "\n\n";
    text += owner_table(series, verdict, options) + "\n";
    for (std::size_t i = 0; i < verdict.convicted; ++i) {
        const OwnerGrowth& owner = verdict.owners[i];
        text += verdict.folded.owners[owner.owner.value].title(series) + "\n";
        for (std::size_t k = 0; k < std::min<std::size_t>(owner.stacks.size(), 3); ++k)
            text += "    " + format_bytes(owner.stacks[k].growth.bytes) + " through\n" +
                    stack_lines(series, owner.stacks[k].stack);
        text += "\n";
    }
    text += totals_table(verdict.totals);
    for (const std::string& note : series.notes) text += "note: " + note + "\n";
    return text;
}

}  // namespace heaptrend
