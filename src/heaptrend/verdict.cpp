#include "heaptrend/verdict.hpp"

#include <algorithm>
#include <cmath>

#include "heaptrend/families.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr double enough_samples = 30;  // a steady leak is convicted with these in 95 of 100 series
constexpr std::size_t max_stacks_per_owner = 10;
constexpr std::size_t max_owners_with_stacks = 100;

void add_whole_growth(const std::vector<Track>& tracks, Verdict& verdict) {
    std::vector<const Track*> all;
    all.reserve(tracks.size());
    for (const Track& track : tracks) all.push_back(&track);
    const std::size_t last = verdict.timeline.times.size() - 1;
    const Track sum = sum_of(all, last + 1);
    verdict.total = measure(sum, verdict.timeline, 0, last);
    verdict.total_later = measure(sum, verdict.timeline, last / 2, last);
}

struct Judged {
    std::vector<Track> tracks;
    std::vector<Judgement> judgements;
};

Judged judge_owners(const Series& series, Verdict& verdict, const JudgeOptions& options) {
    const auto make = [&] {
        return make_tracks(series, verdict.folded.owners.size(),
                           [&](StackIndex stack) { return verdict.folded.owner_of[stack.value].value; });
    };
    Judged judged{.tracks = make(), .judgements = {}};
    judged.judgements = judge_all(judged.tracks, verdict.timeline, options);
    const Families families{verdict.folded, judged.tracks, verdict.timeline, options};
    families.acquit_renewed(judged.judgements);
    if (!families.merge_spread(verdict.folded, judged.judgements)) return judged;
    judged.tracks = make();
    judged.judgements = judge_all(judged.tracks, verdict.timeline, options);
    Families{verdict.folded, judged.tracks, verdict.timeline, options}.acquit_renewed(judged.judgements);
    return judged;
}

/// Growth of each stack of the owners listed, between the snapshots that its owner was judged by.
void add_stacks(const Series& series, Verdict& verdict) {
    std::vector<OwnerGrowth*> by_owner(verdict.folded.owners.size());
    for (std::size_t i = 0; i < std::min(verdict.owners.size(), std::max(verdict.convicted, max_owners_with_stacks));
         ++i)
        if (verdict.owners[i].judgement.growth.bytes > 0) by_owner[verdict.owners[i].owner.value] = &verdict.owners[i];
    std::vector<std::uint32_t> track_of(series.stack_count(),
                                        no_group);  // tracks of all stacks would take too much memory
    std::vector<StackIndex> stacks;
    for (std::uint32_t i = 0; i < series.stack_count(); ++i) {
        if (by_owner[verdict.folded.owner_of[i].value] == nullptr) continue;
        track_of[i] = static_cast<std::uint32_t>(stacks.size());
        stacks.push_back(StackIndex{i});
    }
    const auto tracks = make_tracks(series, stacks.size(), [&](StackIndex stack) { return track_of[stack.value]; });
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        OwnerGrowth& owner = *by_owner[verdict.folded.owner_of[stacks[i].value].value];
        const Growth& judged = owner.judgement.growth;
        const Growth growth = measure(tracks[i], verdict.timeline, judged.first, judged.last);
        if (growth.bytes > 0) owner.stacks.push_back({stacks[i], growth});
    }
    for (OwnerGrowth& owner : verdict.owners) {
        std::sort(owner.stacks.begin(), owner.stacks.end(),
                  [](const StackGrowth& a, const StackGrowth& b) { return a.growth.bytes > b.growth.bytes; });
        if (owner.stacks.size() > max_stacks_per_owner) owner.stacks.resize(max_stacks_per_owner);
    }
}

void add_ages(const Series& series, Verdict& verdict) {
    std::vector<std::vector<double>> ages(verdict.folded.owners.size());
    for (const Birth& birth : series.births)
        ages[verdict.folded.owner_of[birth.stack.value].value].push_back(birth.age);
    for (OwnerGrowth& owner : verdict.owners) {
        owner.ages = std::move(ages[owner.owner.value]);
        std::sort(owner.ages.begin(), owner.ages.end());
    }
}

/// After a reset of the sampling, a full cache fills again as far as the samples can see. The allocator's own count of
/// live bytes knows better: what it did not grow by is no leak.
void acquit_refilled(const Series& series, std::vector<Judgement>& judgements) {
    const auto& first = series.snapshots.front().memory;
    const auto& last = series.snapshots.back().memory;
    if (!series.forgot_before || !first || !last) return;
    const double grown = static_cast<double>(last->allocated) - static_cast<double>(first->allocated);
    for (Judgement& judgement : judgements) {
        if (!judgement.growing || judgement.growth.interval.low <= grown) continue;
        judgement.growing = judgement.persists = false;
        judgement.shape = Shape::renewed;
    }
}

void add_totals(const Series& series, Verdict& verdict) {
    double variance = 0;
    for (const OwnerGrowth& owner : verdict.owners) {
        const Cost& live = owner.track.live.back();
        const bool named = verdict.folded.owners[owner.owner.value].named;
        double& part = owner.judgement.growing ? verdict.totals.growing
                                               : (named ? verdict.totals.stable : verdict.totals.unsymbolised);
        part += live.bytes;
        variance += live.variance;
    }
    verdict.totals.profile_error = std::sqrt(variance);
    if (const auto& memory = series.snapshots.back().memory; memory && memory->allocated > 0)
        verdict.totals.memory = memory;
}

/// What is missing for a conviction of the owner that grew most.
std::string advice_for(const Verdict& verdict, const JudgeOptions& options) {
    if (verdict.timeline.times.size() < options.min_snapshots)
        return std::to_string(verdict.timeline.times.size()) +
               " snapshots cannot tell a leak from a warm-up: take at least " + std::to_string(options.min_snapshots) +
               ", evenly over the time in which it grows";
    if (verdict.convicted > 0 || verdict.owners.empty()) return {};
    const OwnerGrowth& first = verdict.owners.front();
    const double net = first.judgement.growth.born - first.judgement.growth.died;
    const bool few = first.judgement.growth.bytes > 0 && net > 0 && net < enough_samples && !verdict.timeline.exact;
    if (!few) return {};
    std::string text = "growth of less than about " + format_bytes(enough_samples * verdict.timeline.sample_period) +
                       " in a series stays unseen at this sampling interval (" +
                       format_bytes(verdict.timeline.sample_period) + ")";
    const double factor = enough_samples / net;
    if (verdict.timeline.length() > 0)
        text += "; a series of " + format_duration(verdict.timeline.length() * factor) +
                " would decide whether the largest candidate is a leak";
    return text;
}

std::string survivors(const Growth& growth, const Timeline& timeline) {
    const auto count = [](double value) { return std::to_string(static_cast<long long>(std::llround(value))); };
    if (!timeline.has_allocated || growth.born < 1) return {};
    const std::string blocks = timeline.exact ? " blocks" : " sampled blocks";
    if (growth.died < 0.5) return "; none of " + count(growth.born) + blocks + " was freed";
    return "; " + count(growth.born) + blocks + " came and stayed, at most " + count(growth.died) + " older ones went";
}

std::string rate_of(const Growth& growth) { return format_rate(growth.bytes, growth.interval, growth.seconds); }

}  // namespace

Verdict analyse(const Series& series, const FoldRules& rules, const JudgeOptions& options) {
    Verdict verdict;
    verdict.timeline = timeline_of(series);
    verdict.folded = fold(series, rules);
    if (series.snapshots.empty()) return verdict;
    auto [tracks, judgements] = judge_owners(series, verdict, options);
    add_whole_growth(tracks, verdict);
    acquit_refilled(series, judgements);
    double convicted_bytes = 0;
    for (std::uint32_t i = 0; i < tracks.size(); ++i) {
        verdict.convicted += judgements[i].growing ? 1 : 0;
        if (judgements[i].growing) convicted_bytes += judgements[i].growth.bytes;
        verdict.owners.push_back({OwnerIndex{i}, std::move(tracks[i]), judgements[i], 0, {}, {}});
    }
    const double whole = std::max(verdict.total.bytes, convicted_bytes);
    for (OwnerGrowth& owner : verdict.owners)
        owner.share = whole > 0 ? std::max(owner.judgement.growth.bytes, 0.0) / whole : 0;
    std::stable_sort(verdict.owners.begin(), verdict.owners.end(), [](const OwnerGrowth& a, const OwnerGrowth& b) {
        if (a.judgement.growing != b.judgement.growing) return a.judgement.growing;
        return a.judgement.growth.bytes > b.judgement.growth.bytes;
    });
    verdict.can_tell = verdict.timeline.times.size() >= options.min_snapshots;
    verdict.advice = advice_for(verdict, options);
    add_totals(series, verdict);
    add_stacks(series, verdict);
    add_ages(series, verdict);
    return verdict;
}

std::string sentence(const Verdict& verdict, const OwnerGrowth& owner, const Series& series) {
    const Growth& growth = owner.judgement.growth;
    std::string text = verdict.folded.owners[owner.owner.value].title(series) + " grows " + rate_of(growth) + ", " +
                       std::to_string(static_cast<int>(std::lround(100 * owner.share))) + " % of growth";
    text += survivors(growth, verdict.timeline);
    constexpr std::size_t enough_ages = 5;
    if (owner.ages.size() >= enough_ages)
        text += "; of the newest samples those alive are up to " + format_duration(owner.ages.back()) +
                " old, half of them over " + format_duration(owner.ages[owner.ages.size() / 2]);
    if (owner.judgement.shape == Shape::bursts) text += "; in bursts";
    if (growth.first > 0) text += "; counted after a warm-up";
    return text;
}

std::vector<std::string> summary(const Verdict& verdict, const Series& series) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < verdict.convicted; ++i) lines.push_back(sentence(verdict, verdict.owners[i], series));
    if (lines.empty() && verdict.can_tell)
        lines.push_back("nothing grows beyond chance in " + format_duration(verdict.timeline.length()) +
                        "; the heap changed by " + rate_of(verdict.total) + ", in the later half by " +
                        rate_of(verdict.total_later));
    if (lines.empty()) lines.emplace_back("cannot tell");
    if (!verdict.advice.empty()) lines.back() += ": " + verdict.advice;
    return lines;
}

}  // namespace heaptrend
