#pragma once

#include <string>
#include <vector>

#include "load/measurement.hpp"
#include "load/options.hpp"
#include "load/plan.hpp"

namespace asr_stream::bench {

enum class Allocator { plain, counting };

/// The measurements of one design, all at one number of streams.
struct Series {
    std::string contestant;
    std::vector<unsigned> ladder;  ///< ascending; the last is in use
    std::vector<Measurement> rounds;
    unsigned repeated = 0;  ///< rounds measured again because a frame was late
    Measurement counted;    ///< under the counting allocator
    Measurement silent;     ///< for memory

    [[nodiscard]] unsigned streams() const { return ladder.back(); }
    /// A figure of each round, in the order measured.
    template <class Get>
    [[nodiscard]] std::vector<double> of_rounds(Get get) const {
        std::vector<double> values;
        for (const auto& round : rounds) values.push_back(get(round));
        return values;
    }
};

struct Quartiles {
    double q1 = 0, median = 0, q3 = 0;
};
/// By linear interpolation between the nearest two; `values` is not empty.
[[nodiscard]] Quartiles quartiles(std::vector<double> values);

/// Everything that is shared by the rounds of one load run.
class Driver {
  public:
    explicit Driver(const Options& options);
    /// Starts a sink and one contestant, lets it run, and compares what it says it sent with what the sink got. Throws
    /// when they differ.
    [[nodiscard]] Measurement run(const Plan& plan, Allocator allocator = Allocator::plain) const;
    [[nodiscard]] Plan plan_for(const std::string& contestant, unsigned streams) const;

    /// All rounds, interleaved, each design at the highest of the ladder where no frame is late.
    [[nodiscard]] std::vector<Series> run_side_by_side() const;
    [[nodiscard]] Measurement run_scale() const;  ///< frame-ms=100, one loop thread
    [[nodiscard]] Measurement run_wss() const;

  private:
    void find_level(Series& series) const;
    void run_round(Series& series) const;
    void count(Series& series) const;

    const Options& options_;
    std::string directory_;  ///< of this program, where the counting allocator lies too
};

}  // namespace asr_stream::bench
