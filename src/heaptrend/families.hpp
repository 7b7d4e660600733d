#pragma once

#include <vector>

#include "heaptrend/fold.hpp"
#include "heaptrend/growth.hpp"

namespace heaptrend {

/// Owners of one function, each for another caller, judged together. Two things show only so: that what grows for one
/// caller is what another caller's blocks were replaced by (a cache filled at the start and renewed since), and a leak
/// that is spread over so many callers that none of them has enough recorded blocks.
class Families {
  public:
    Families(const Folded& folded, const std::vector<Track>& tracks, const Timeline& timeline,
             const JudgeOptions& options);

    /// Takes convictions back where the family as a whole gave as much back as the owner grew.
    void acquit_renewed(std::vector<Judgement>& judgements) const;
    /// Makes one owner of each family that grows while none of its members is convicted. True when there is any: tracks
    /// and judgements are then to be made again.
    [[nodiscard]] bool merge_spread(Folded& folded, const std::vector<Judgement>& judgements) const;

  private:
    [[nodiscard]] bool is_given_back(const Track& owner, const Track& rest, std::size_t first, std::size_t last) const;

    const std::vector<Track>& tracks_;
    const Timeline& timeline_;
    const JudgeOptions& options_;
    std::vector<std::vector<std::uint32_t>> members_;  ///< owners, of families with at least two
};

}  // namespace heaptrend
