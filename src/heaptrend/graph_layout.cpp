#include "heaptrend/graph_layout.hpp"

#include <gvc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

#include "heaptrend/scan.hpp"

namespace heaptrend {
namespace {

constexpr double points_per_inch = 72;
constexpr unsigned max_seconds = 20;
constexpr std::size_t max_numbers = 10'000;

using Edges = std::vector<std::pair<std::size_t, std::size_t>>;

void set(void* object, const char* name, const std::string& value) {
    std::string name_copy = name;
    std::string value_copy = value;
    std::string empty;
    agsafeset(object, name_copy.data(), value_copy.data(), empty.data());
}

/// Runs in the child; what graphviz allocates ends with it.
void lay_out(const std::vector<BoxSize>& boxes, const Edges& edges, int output) {
    alarm(max_seconds);
    GVC_t* context = gvContext();
    std::string name = "g";
    Agraph_t* graph = agopen(name.data(), Agdirected, nullptr);
    std::vector<Agnode_t*> nodes;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        std::string number = std::to_string(i);
        nodes.push_back(agnode(graph, number.data(), 1));
        set(nodes.back(), "shape", "box");
        set(nodes.back(), "fixedsize", "true");
        set(nodes.back(), "width", std::to_string(boxes[i].width / points_per_inch));
        set(nodes.back(), "height", std::to_string(boxes[i].height / points_per_inch));
    }
    for (const auto& [from, to] : edges) agedge(graph, nodes[from], nodes[to], nullptr, 1);
    char* text = nullptr;
    unsigned size = 0;
    if (gvLayout(context, graph, "dot") != 0 || gvRenderData(context, graph, "plain", &text, &size) != 0) _exit(1);
    for (std::size_t written = 0; written < size;) {
        const auto now = write(output, text + written, size - written);
        if (now <= 0) _exit(1);
        written += static_cast<std::size_t>(now);
    }
    _exit(0);
}

double number(Scan& scan) {
    scan.skip_blanks();
    const double value = std::strtod(std::string{scan.word()}.c_str(), nullptr);
    return std::isfinite(value) ? value : 0;
}

std::size_t index(Scan& scan) {
    scan.skip_blanks();
    return static_cast<std::size_t>(Scan{scan.word()}.number().value_or(SIZE_MAX));
}

std::string read_all(int file) {
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t size = 0; (size = read(file, piece.data(), piece.size())) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(size));
    return text;
}

}  // namespace

Result<GraphLayout> parse_plain(std::string_view text, std::size_t boxes, const Edges& edges) {
    GraphLayout layout;
    layout.centers.resize(boxes);
    layout.curves.resize(edges.size());
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> edge_at;
    for (std::size_t i = 0; i < edges.size(); ++i) edge_at[edges[i]] = i;
    const auto point = [&](Scan& scan) {
        const double x = number(scan) * points_per_inch;
        return Point{x, layout.size.height - number(scan) * points_per_inch};
    };
    bool complete = false;
    while (!text.empty() && !complete) {
        Scan scan{next_line(text)};
        const std::string_view kind = scan.word();
        complete = kind == "stop";
        if (kind == "graph") {
            number(scan);
            layout.size.width = number(scan) * points_per_inch;
            layout.size.height = number(scan) * points_per_inch;
        } else if (kind == "node") {
            const std::size_t box = index(scan);
            if (box < boxes) layout.centers[box] = point(scan);
        } else if (kind == "edge") {
            const std::size_t from = index(scan);
            const auto edge = edge_at.find({from, index(scan)});
            const std::size_t count = index(scan);
            if (edge == edge_at.end() || count > max_numbers) continue;
            for (std::size_t i = 0; i < count; ++i) layout.curves[edge->second].push_back(point(scan));
        }
    }
    if (!complete) return fail(Errc::unavailable, "graphviz did not lay the graph out");
    return layout;
}

Result<GraphLayout> layout(const std::vector<BoxSize>& boxes, const Edges& edges) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return fail(Errc::unavailable, "no pipe for graphviz");
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        lay_out(boxes, edges, ends[1]);
    }
    close(ends[1]);
    const std::string text = child > 0 ? read_all(ends[0]) : std::string{};
    close(ends[0]);
    if (child > 0) waitpid(child, nullptr, 0);
    return parse_plain(text, boxes.size(), edges);
}

}  // namespace heaptrend
