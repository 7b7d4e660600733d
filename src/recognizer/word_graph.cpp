#include "recognizer/word_graph.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <set>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace asr_stream::recognizer {
namespace {

using jsgf::Expansion;
using State = std::int32_t;

tl::unexpected<Error> refuse(std::size_t line, const std::string& what) {
    return fail(Errc::invalid_setting, "grammar line " + std::to_string(line) + ": " + what);
}

}  // namespace

/// Thompson's construction, with states shared where nothing leads back into them.
class WordGraph::Builder {
  public:
    explicit Builder(const jsgf::Grammar& grammar) : grammar_{grammar} {}

    Result<WordGraph> run() {
        Expansion top{.kind = Expansion::Kind::rule, .text = grammar_.top};
        if (auto done = add(top, graph_.start(), graph_.final(), 1); !done) return tl::unexpected{done.error()};
        if (graph_.words_.empty()) return refuse(1, "the public rule <" + grammar_.top + "> has no word");
        if (auto closed = close_skips(); !closed) return tl::unexpected{closed.error()};
        return std::move(graph_);
    }

  private:
    State new_state() { return graph_.states_++; }

    Result<> add(const Expansion& part, State from, State to, double probability) {
        if (++steps_ > max_steps)
            return refuse(part.line, "it works out to more than " + std::to_string(max_steps) + " parts");
        switch (part.kind) {
            case Expansion::Kind::word: return add_word(part, from, to, probability);
            case Expansion::Kind::rule: return add_rule(part, from, to, probability);
            case Expansion::Kind::sequence: return add_sequence(part, from, to, probability);
            case Expansion::Kind::alternatives: return add_alternatives(part, from, to, probability);
            case Expansion::Kind::optional:
                if (auto skipped = add_skip(from, to, probability); !skipped) return skipped;
                return add(part.parts.front(), from, to, probability);
            case Expansion::Kind::star:
            case Expansion::Kind::plus: return add_loop(part, from, to, probability);
            case Expansion::Kind::nothing: return add_skip(from, to, probability);
            case Expansion::Kind::never: return {};
        }
        return {};
    }

    Result<> add_word(const Expansion& part, State from, State to, double probability) {
        if (++word_arcs_ > max_words)
            return refuse(part.line, "more than " + std::to_string(max_words) + " words, every use of a rule counted");
        const auto next = static_cast<std::int32_t>(graph_.words_.size());
        const auto [entry, is_new] = word_ids_.try_emplace(part.text, next);
        if (is_new) graph_.words_.push_back(part.text);
        graph_.arcs_.push_back({from, to, entry->second, probability});
        return {};
    }

    Result<> add_skip(State from, State to, double probability) {
        if (from == to) return {};
        auto& best = skips_[from][to];
        if (best == 0 && ++skip_arcs_ > max_skips)
            return refuse(1, "more than " + std::to_string(max_skips) + " ways to skip words: use fewer [...] and *");
        best = std::max(best, probability);
        return {};
    }

    Result<> add_rule(const Expansion& part, State from, State to, double probability) {
        const auto rule = grammar_.rules.find(part.text);
        if (rule == grammar_.rules.end()) return refuse(part.line, "rule <" + part.text + "> is not defined");
        if (std::ranges::find(open_rules_, part.text) != open_rules_.end())
            return refuse(part.line, "rule <" + part.text + "> contains itself: write a repetition with * or +");
        if (open_rules_.size() >= max_rule_depth)
            return refuse(part.line, "rules are nested deeper than " + std::to_string(max_rule_depth));
        open_rules_.push_back(part.text);
        auto done = add(rule->second.expansion, from, to, probability);
        open_rules_.pop_back();
        return done;
    }

    Result<> add_sequence(const Expansion& part, State from, State to, double probability) {
        if (part.parts.empty()) return add_skip(from, to, probability);
        for (const auto& item : part.parts) {
            const State next = &item == &part.parts.back() ? to : new_state();
            if (auto done = add(item, from, next, std::exchange(probability, 1)); !done) return done;
            from = next;
        }
        return {};
    }

    Result<> add_alternatives(const Expansion& part, State from, State to, double probability) {
        double sum = 0;
        for (const auto& item : part.parts) sum += item.weight;
        for (const auto& item : part.parts) {
            if (item.weight == 0) continue;
            if (auto done = add(item, from, to, probability * item.weight / sum); !done) return done;
        }
        return {};
    }

    /// Once or more often between two states of its own, so that nothing else is led back into the loop.
    Result<> add_loop(const Expansion& part, State from, State to, double probability) {
        const State begin = new_state();
        const State end = part.kind == Expansion::Kind::star ? begin : new_state();
        if (auto entered = add_skip(from, begin, probability); !entered) return entered;
        if (auto body = add(part.parts.front(), begin, end, 1); !body) return body;
        if (auto again = add_skip(end, begin, 1); !again) return again;
        return add_skip(end, to, 1);
    }

    /// Adds every chain of skips as one skip of its best probability; PocketSphinx follows only one at a time.
    Result<> close_skips() {
        auto closed = skips_;
        std::size_t count = 0;
        for (const auto& [from, direct] : skips_) {
            closed[from] = reachable(from);
            count += closed[from].size();
            if (count > max_skips)
                return refuse(1,
                              "more than " + std::to_string(max_skips) + " ways to skip words: use fewer [...] and *");
        }
        for (const auto& [from, targets] : closed) {
            for (const auto& [to, probability] : targets) graph_.arcs_.push_back({from, to, skip, probability});
        }
        return {};
    }

    /// Dijkstra's algorithm with the largest product first; every probability is at most 1.
    std::map<State, double> reachable(State from) const {
        std::map<State, double> best;
        std::priority_queue<std::pair<double, State>> open;
        open.emplace(1.0, from);
        while (!open.empty() && best.size() <= max_skips) {
            const auto [probability, state] = open.top();
            open.pop();
            if (!best.try_emplace(state, probability).second) continue;
            const auto next = skips_.find(state);
            if (next == skips_.end()) continue;
            for (const auto& [to, step] : next->second) open.emplace(probability * step, to);
        }
        best.erase(from);
        return best;
    }

    const jsgf::Grammar& grammar_;
    WordGraph graph_;
    std::vector<std::string> open_rules_;
    std::unordered_map<std::string, std::int32_t> word_ids_;
    std::map<State, std::map<State, double>> skips_;
    std::size_t steps_ = 0;
    std::size_t word_arcs_ = 0;
    std::size_t skip_arcs_ = 0;
};

Result<WordGraph> WordGraph::build(const jsgf::Grammar& grammar) { return Builder{grammar}.run(); }

Result<WordGraph> WordGraph::any_of(std::span<const std::string> phrases) {
    Expansion choice{.kind = Expansion::Kind::alternatives};
    for (const auto& phrase : phrases) {
        Expansion sequence{.kind = Expansion::Kind::sequence};
        std::istringstream words{phrase};
        for (std::string word; words >> word;) sequence.parts.push_back({.kind = Expansion::Kind::word, .text = word});
        if (!sequence.parts.empty()) choice.parts.push_back(std::move(sequence));
    }
    jsgf::Grammar grammar{.name = "phrases", .top = "phrases", .rules = {}};
    Expansion loop{.kind = Expansion::Kind::plus};
    loop.parts.push_back(std::move(choice));
    grammar.rules.emplace("phrases", jsgf::Rule{true, std::move(loop)});
    return build(grammar);
}

}  // namespace asr_stream::recognizer
