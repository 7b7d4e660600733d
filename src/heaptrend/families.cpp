#include "heaptrend/families.hpp"

#include <algorithm>
#include <map>

namespace heaptrend {
namespace {

constexpr double renewed_share = 0.5;  // of an owner's growth, given back by its family

}  // namespace

Families::Families(const Folded& folded, const std::vector<Track>& tracks, const Timeline& timeline,
                   const JudgeOptions& options)
    : tracks_{tracks}, timeline_{timeline}, options_{options} {
    std::map<std::pair<std::uint32_t, std::string_view>, std::vector<std::uint32_t>> by_function;
    for (std::uint32_t i = 0; i < folded.owners.size(); ++i)
        by_function[{folded.owners[i].module.value, folded.owners[i].function}].push_back(i);
    for (auto& [function, owners] : by_function)
        if (owners.size() > 1) members_.push_back(std::move(owners));
}

void Families::acquit_renewed(std::vector<Judgement>& judgements) const {
    for (const auto& family : members_) {
        for (const std::uint32_t owner : family) {
            Judgement& judgement = judgements[owner];
            if (!judgement.growing) continue;
            std::vector<const Track*> others;
            for (const std::uint32_t other : family)
                if (other != owner && !judgements[other].growing) others.push_back(&tracks_[other]);
            const Track rest = sum_of(others, timeline_.times.size());
            const std::size_t middle = (judgement.growth.first + judgement.growth.last) / 2;
            if (!is_given_back(tracks_[owner], rest, judgement.growth.first, judgement.growth.last) &&
                !is_given_back(tracks_[owner], rest, middle, judgement.growth.last))
                continue;
            judgement.growing = judgement.persists = false;
            judgement.shape = Shape::renewed;
        }
    }
}

/// The rest of the family gave back what the owner grew by. A cache that was filled within the series shows it in the
/// later half alone.
bool Families::is_given_back(const Track& owner, const Track& rest, std::size_t first, std::size_t last) const {
    const Growth given = measure(rest, timeline_, first, last, options_);
    const double grown = measure(owner, timeline_, first, last, options_).bytes;
    return given.interval.high < 0 && -given.bytes >= renewed_share * grown;
}

bool Families::merge_spread(Folded& folded, const std::vector<Judgement>& judgements) const {
    std::vector<Track> sums;
    for (const auto& family : members_) {
        std::vector<const Track*> tracks;
        tracks.reserve(family.size());
        for (const std::uint32_t owner : family) tracks.push_back(&tracks_[owner]);
        sums.push_back(sum_of(tracks, timeline_.times.size()));
    }
    const auto together = judge_all(sums, timeline_, options_);
    bool merged = false;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const auto& family = members_[i];
        const bool told = std::any_of(family.begin(), family.end(), [&](std::uint32_t owner) {
            return judgements[owner].growing || judgements[owner].shape == Shape::renewed;
        });
        if (told || !together[i].growing) continue;
        Owner& first = folded.owners[family.front()];
        first.caller.clear();
        first.callers = family.size();
        for (OwnerIndex& owner : folded.owner_of)
            if (std::binary_search(family.begin(), family.end(), owner.value)) owner = OwnerIndex{family.front()};
        merged = true;
    }
    return merged;
}

}  // namespace heaptrend
