#include <boost/json.hpp>

#include "heaptrend/report.hpp"
#include "heaptrend/stack_text.hpp"

namespace heaptrend {
namespace {

namespace json = boost::json;

json::object growth_json(const Growth& growth) {
    const double seconds = growth.seconds > 0 ? growth.seconds : 1;
    return {{"bytes", growth.bytes},
            {"low", growth.interval.low},
            {"high", growth.interval.high},
            {"seconds", growth.seconds},
            {"bytes_per_second", growth.rate()},
            {"bytes_per_second_low", growth.interval.low / seconds},
            {"bytes_per_second_high", growth.interval.high / seconds},
            {"born", growth.born},
            {"died", growth.died},
            {"p_value", growth.p_value}};
}

json::array stack_json(const Series& series, StackIndex stack) {
    json::array frames;
    for (const FrameIndex index : series.stack(stack)) {
        const Frame& frame = series.frame(index);
        const Module& module = series.module(frame.module);
        json::array lines;
        for (const SourceLine& line : frame.lines)
            lines.push_back(json::object{
                {"function", series.text(line.function)}, {"file", series.text(line.file)}, {"line", line.line}});
        frames.push_back(json::object{{"module", module.path},
                                      {"build_id", module.build_id},
                                      {"offset", frame.offset},
                                      {"calls", series.text(frame.calls)},
                                      {"lines", std::move(lines)}});
    }
    return frames;
}

json::object owner_json(const Series& series, const Verdict& verdict, const OwnerGrowth& owner) {
    const Owner& who = verdict.folded.owners[owner.owner.value];
    json::array stacks;
    for (const StackGrowth& stack : owner.stacks)
        stacks.push_back(
            json::object{{"growth", growth_json(stack.growth)}, {"frames", stack_json(series, stack.stack)}});
    json::array levels;
    for (const Cost& live : owner.track.live) levels.push_back(live.bytes);
    return {{"title", who.title(series)},
            {"function", who.function},
            {"caller", who.caller},
            {"via", who.via},
            {"module", series.module(who.module).path},
            {"growing", owner.judgement.growing},
            {"shape", name_of(owner.judgement.shape)},
            {"live_bytes", owner.judgement.last_bytes},
            {"share_of_growth", owner.share},
            {"growth", growth_json(owner.judgement.growth)},
            {"levels", std::move(levels)},
            {"ages", json::array(owner.ages.begin(), owner.ages.end())},
            {"stacks", std::move(stacks)}};
}

json::object totals_json(const Totals& totals) {
    json::object object{{"growing", totals.growing},
                        {"stable", totals.stable},
                        {"unsymbolised", totals.unsymbolised},
                        {"profile", totals.profile()},
                        {"profile_error", totals.profile_error}};
    if (!totals.memory) return object;
    object["residual"] = totals.residual();
    object["thread_caches"] = totals.memory->cached;
    object["heap"] = totals.memory->allocated;
    object["resident"] = totals.memory->resident;
    object["metadata"] = totals.memory->metadata;
    object["stacks"] = totals.memory->stacks;
    object["files"] = totals.memory->files;
    object["rss"] = totals.memory->rss;
    object["pss"] = totals.memory->pss;
    return object;
}

}  // namespace

std::string json_report(const Series& series, const Verdict& verdict) {
    json::array sentences;
    for (const std::string& line : summary(verdict, series)) sentences.emplace_back(line);
    json::array notes;
    for (const std::string& note : series.notes) notes.emplace_back(note);
    json::array times;
    for (const double time : verdict.timeline.times) times.push_back(time);
    json::array owners;
    for (const OwnerGrowth& owner : verdict.owners) owners.push_back(owner_json(series, verdict, owner));
    const json::object report{{"schema", "heaptrend-report-1"},
                              {"verdict", std::move(sentences)},
                              {"can_tell", verdict.can_tell},
                              {"format", series.format},
                              {"sample_period", verdict.timeline.sample_period},
                              {"times", std::move(times)},
                              {"growth", growth_json(verdict.total)},
                              {"totals", totals_json(verdict.totals)},
                              {"owners", std::move(owners)},
                              {"notes", std::move(notes)}};
    return json::serialize(report) + "\n";
}

}  // namespace heaptrend
