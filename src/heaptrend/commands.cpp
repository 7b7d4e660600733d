#include "heaptrend/commands.hpp"

#include <functional>
#include <ostream>

#include "heaptrend/check.hpp"
#include "heaptrend/diff.hpp"
#include "heaptrend/file.hpp"
#include "heaptrend/load.hpp"
#include "heaptrend/report.hpp"
#include "heaptrend/symbolize.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr std::uint64_t max_text_file = std::uint64_t{256} << 20U;

int refuse(const Error& error, std::ostream& problems) {
    problems << "heaptrend: " << error.message() << '\n';
    return exit_error;
}

Result<FoldRules> read_rules(const InputOptions& input) {
    FoldRules rules = FoldRules::defaults();
    if (input.fold_file.empty()) return rules;
    const auto text = read_file(input.fold_file, max_text_file);
    if (!text) return tl::unexpected{text.error()};
    if (auto added = rules.add(*text); !added) {
        added.error().context = input.fold_file + ": " + added.error().context;
        return tl::unexpected{added.error()};
    }
    return rules;
}

Result<Series> read_series(const std::vector<std::string>& arguments, const InputOptions& input) {
    auto series = load_series(arguments);
    if (!series) return series;
    auto symbolized = symbolize(*series, {.debug_path = input.debug_path, .sysroot = input.sysroot});
    for (std::string& note : symbolized.notes) series->notes.push_back(std::move(note));
    return series;
}

Result<> write_outputs(const ReportCommand& command, const Series& series, const Verdict& verdict) {
    const ReportOptions options{.max_owners = command.top};
    const std::vector<std::pair<const std::string*, std::function<Result<std::string>()>>> outputs{
        {&command.json, [&] { return json_report(series, verdict); }},
        {&command.html, [&] { return html_report(series, verdict, options); }},
        {&command.pdf, [&] { return pdf_report(series, verdict); }},
        {&command.flame, [&] { return flame_graph(series, verdict, Measure::growth); }},
        {&command.flame_live, [&] { return flame_graph(series, verdict, Measure::live); }},
        {&command.folded, [&] { return folded_stacks(series, verdict, Measure::growth); }},
        {&command.folded_live, [&] { return folded_stacks(series, verdict, Measure::live); }},
        {&command.pprof, [&] { return pprof_profile(series, verdict); }}};
    for (const auto& [file, make] : outputs) {
        if (file->empty()) continue;
        const auto text = make();
        if (!text) return tl::unexpected{text.error()};
        if (auto written = write_file(*file, *text); !written) return written;
    }
    return {};
}

}  // namespace

int run(const ReportCommand& command, std::ostream& out, std::ostream& problems) {
    const auto rules = read_rules(command.input);
    if (!rules) return refuse(rules.error(), problems);
    const auto series = read_series(command.series, command.input);
    if (!series) return refuse(series.error(), problems);
    const Verdict verdict = analyse(*series, *rules);
    if (const auto written = write_outputs(command, *series, verdict); !written)
        return refuse(written.error(), problems);
    if (command.quiet) {
        for (const std::string& line : summary(verdict, *series)) out << line << '\n';
    } else {
        out << text_report(*series, verdict, {.max_owners = command.top});
    }
    return verdict.can_tell ? exit_ok : exit_cannot_tell;
}

int run(const DiffCommand& command, std::ostream& out, std::ostream& problems) {
    const auto rules = read_rules(command.input);
    if (!rules) return refuse(rules.error(), problems);
    const auto before = read_series({command.before}, command.input);
    if (!before) return refuse(before.error(), problems);
    const auto after = read_series({command.after}, command.input);
    if (!after) return refuse(after.error(), problems);
    const auto differences = diff(*before, *after, *rules);
    if (!command.json.empty())
        if (const auto written = write_file(command.json, json_diff(differences)); !written)
            return refuse(written.error(), problems);
    out << text_diff(differences, command.top);
    return exit_ok;
}

int run(const CheckCommand& command, std::ostream& out, std::ostream& problems) {
    const auto limit = parse_rate(command.max_growth);
    if (!limit) return refuse(limit.error(), problems);
    const auto rules = read_rules(command.input);
    if (!rules) return refuse(rules.error(), problems);
    std::vector<Suppression> suppressions;
    if (!command.suppressions.empty()) {
        auto read = read_file(command.suppressions, max_text_file).and_then([](const std::string& text) {
            return parse_suppressions(text);
        });
        if (!read) return refuse(read.error(), problems);
        suppressions = std::move(*read);
    }
    Baseline baseline;
    if (!command.baseline.empty()) {
        auto read = read_file(command.baseline, max_text_file).and_then([](const std::string& text) {
            return parse_baseline(text);
        });
        if (!read) return refuse(read.error(), problems);
        baseline = std::move(*read);
    }
    const auto series = read_series(command.series, command.input);
    if (!series) return refuse(series.error(), problems);
    const Verdict verdict = analyse(*series, *rules);
    const CheckResult result = check(verdict, *series, *limit, baseline, suppressions);
    if (!command.junit.empty())
        if (const auto written = write_file(command.junit, junit_xml(result)); !written)
            return refuse(written.error(), problems);
    for (const Offence& offence : result.offences) out << offence.message << '\n';
    for (const std::string& note : result.notes) problems << "heaptrend: " << note << '\n';
    if (!result.offences.empty()) return exit_growth;
    if (result.can_tell) return exit_ok;
    problems << "heaptrend: cannot tell: " << verdict.advice << '\n';
    return exit_cannot_tell;
}

}  // namespace heaptrend
