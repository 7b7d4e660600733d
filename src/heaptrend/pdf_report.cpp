#include <cairo-pdf.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "heaptrend/call_graph.hpp"
#include "heaptrend/graph_layout.hpp"
#include "heaptrend/report.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr double page_width = 842;  // A4, landscape, in points
constexpr double page_height = 595;
constexpr double margin = 36;
constexpr std::size_t max_charts = 6;

struct DestroySurface {
    void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
};
struct DestroyContext {
    void operator()(cairo_t* context) const noexcept { cairo_destroy(context); }
};

cairo_status_t append(void* text, const unsigned char* data, unsigned size) {
    static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(data), size);
    return CAIRO_STATUS_SUCCESS;
}

/// Printable ASCII: names come from other people's files, and cairo refuses text that is not UTF-8.
std::string printable(std::string text, std::size_t limit) {
    for (char& c : text)
        if (c < ' ' || c > '~') c = '?';
    if (text.size() > limit) text = text.substr(0, limit - 3) + "...";
    return text;
}

class Page {
  public:
    explicit Page(std::string& out)
        : surface_{cairo_pdf_surface_create_for_stream(append, &out, page_width, page_height)},
          context_{cairo_create(surface_.get())} {
        cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, "heaptrend report");
    }
    void next() { cairo_show_page(context_.get()); }
    /// False when anything could not be drawn.
    [[nodiscard]] bool finish() {
        cairo_show_page(context_.get());
        cairo_surface_finish(surface_.get());
        return cairo_status(context_.get()) == CAIRO_STATUS_SUCCESS &&
               cairo_surface_status(surface_.get()) == CAIRO_STATUS_SUCCESS;
    }
    void font(double size, bool bold = false) {
        cairo_select_font_face(context_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                               bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
        cairo_set_font_size(context_.get(), size);
    }
    [[nodiscard]] double width_of(const std::string& text) {
        cairo_text_extents_t extents;
        cairo_text_extents(context_.get(), text.c_str(), &extents);
        return extents.x_advance;
    }
    void text(double x, double y, const std::string& text) {
        cairo_set_source_rgb(context_.get(), 0.1, 0.1, 0.1);
        cairo_move_to(context_.get(), x, y);
        cairo_show_text(context_.get(), text.c_str());
    }
    /// Broken at blanks; answers where the next line may stand.
    double paragraph(double x, double y, double width, const std::string& text) {
        std::string line;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find(' ', at), text.size());
            const std::string longer = line + (line.empty() ? "" : " ") + text.substr(at, end - at);
            if (!line.empty() && width_of(longer) > width) {
                this->text(x, y, line);
                y += line_height;
                line = text.substr(at, end - at);
            } else {
                line = longer;
            }
            at = end + 1;
        }
        this->text(x, y, line);
        return y + line_height;
    }
    [[nodiscard]] cairo_t* context() noexcept { return context_.get(); }

  private:
    static constexpr double line_height = 14;
    std::unique_ptr<cairo_surface_t, DestroySurface> surface_;
    std::unique_ptr<cairo_t, DestroyContext> context_;
};

/// Levels over time with twice their sampling error as a band.
void draw_trend(Page& page, double x, double y, BoxSize size, const Timeline& timeline, const OwnerGrowth& owner) {
    cairo_t* context = page.context();
    double highest = 1;
    for (const Cost& live : owner.track.live) highest = std::max(highest, live.bytes + 2 * std::sqrt(live.variance));
    const auto across = [&](std::size_t i) {
        return x + size.width * (timeline.times[i] - timeline.times.front()) / std::max(timeline.length(), 1e-9);
    };
    const auto up = [&](double bytes) { return y + size.height * (1 - std::max(bytes, 0.0) / highest); };
    const auto& live = owner.track.live;
    cairo_set_source_rgb(context, 0.97, 0.97, 0.97);
    cairo_rectangle(context, x, y, size.width, size.height);
    cairo_fill(context);
    for (std::size_t i = 0; i < live.size(); ++i)
        cairo_line_to(context, across(i), up(live[i].bytes + 2 * std::sqrt(live[i].variance)));
    for (std::size_t i = live.size(); i-- > 0;)
        cairo_line_to(context, across(i), up(live[i].bytes - 2 * std::sqrt(live[i].variance)));
    cairo_close_path(context);
    cairo_set_source_rgba(context, 0.95, 0.75, 0.55, 0.6);
    cairo_fill(context);
    for (std::size_t i = 0; i < live.size(); ++i) cairo_line_to(context, across(i), up(live[i].bytes));
    cairo_set_source_rgb(context, owner.judgement.growing ? 0.7 : 0.3, 0.2, owner.judgement.growing ? 0 : 0.5);
    cairo_set_line_width(context, 1.4);
    cairo_stroke(context);
    page.font(8);
    page.text(x + 2, y + 9, format_bytes(highest));
    const std::string length = format_duration(timeline.length());
    page.text(x + size.width - page.width_of(length) - 2, y + size.height - 3, length);
}

void draw_trends(Page& page, double y, const Series& series, const Verdict& verdict) {
    constexpr BoxSize chart{.width = 240, .height = 110};
    constexpr double column = 260;
    constexpr double row = 150;
    for (std::size_t i = 0; i < std::min(verdict.owners.size(), max_charts); ++i) {
        if (verdict.owners[i].judgement.last_bytes <= 0) return;
        const double left = margin + column * static_cast<double>(i % 3);
        const double top = y + row * std::floor(static_cast<double>(i) / 3);
        if (top + row > page_height) return;
        const OwnerGrowth& owner = verdict.owners[i];
        draw_trend(page, left, top, chart, verdict.timeline, owner);
        page.font(8, owner.judgement.growing);
        page.paragraph(left, top + chart.height + 10, chart.width,
                       printable(verdict.folded.owners[owner.owner.value].title(series), 150));
    }
}

void draw_arrow(cairo_t* context, const std::vector<Point>& curve, double width) {
    if (curve.size() < 4) return;
    cairo_move_to(context, curve[0].x, curve[0].y);
    for (std::size_t i = 1; i + 2 < curve.size(); i += 3)
        cairo_curve_to(context, curve[i].x, curve[i].y, curve[i + 1].x, curve[i + 1].y, curve[i + 2].x, curve[i + 2].y);
    cairo_set_source_rgb(context, 0.45, 0.45, 0.45);
    cairo_set_line_width(context, width);
    cairo_stroke(context);
    const Point end = curve.back();
    const Point before = curve[curve.size() - 2];
    const double angle = std::atan2(end.y - before.y, end.x - before.x);
    constexpr double size = 7;
    cairo_move_to(context, end.x + size * std::cos(angle), end.y + size * std::sin(angle));
    for (const double side : {2.2, -2.2})
        cairo_line_to(context, end.x + size * std::cos(angle + side) * 0.6,
                      end.y + size * std::sin(angle + side) * 0.6);
    cairo_close_path(context);
    cairo_fill(context);
}

std::string amount(const CallGraph::Node& node, double total) {
    return format_bytes(node.bytes) + ", " + std::to_string(std::lround(100 * node.bytes / std::max(total, 1.0))) +
           " %";
}

void draw_node(Page& page, const CallGraph::Node& node, Point center, BoxSize box, double total) {
    cairo_t* context = page.context();
    cairo_rectangle(context, center.x - box.width / 2, center.y - box.height / 2, box.width, box.height);
    const double heat = std::min(node.bytes / std::max(total, 1.0), 1.0);
    cairo_set_source_rgb(context, 1, 1 - 0.35 * heat, node.suspect ? 0.55 : 1 - 0.5 * heat);
    cairo_fill_preserve(context);
    cairo_set_source_rgb(context, node.suspect ? 0.7 : 0.4, node.suspect ? 0 : 0.4, node.suspect ? 0 : 0.4);
    cairo_set_line_width(context, node.suspect ? 2 : 0.8);
    cairo_stroke(context);
    page.font(9, node.suspect);
    page.text(center.x - box.width / 2 + 5, center.y - 2, printable(node.function, 60));
    page.font(8);
    page.text(center.x - box.width / 2 + 5, center.y + 10, amount(node, total));
}

Result<> draw_graph(Page& page, const CallGraph& graph, double total) {
    std::vector<BoxSize> boxes;
    for (const CallGraph::Node& node : graph.nodes) {
        page.font(9, true);
        const double name = page.width_of(printable(node.function, 60));
        page.font(8);
        boxes.push_back({.width = std::max(name, page.width_of(amount(node, total))) + 10, .height = 32});
    }
    std::vector<std::pair<std::size_t, std::size_t>> ends;
    for (const CallGraph::Edge& edge : graph.edges) ends.emplace_back(edge.from, edge.to);
    const auto places = layout(boxes, ends);
    if (!places) return tl::unexpected{places.error()};
    constexpr double title = 24;
    const double scale = std::min({(page_width - 2 * margin) / std::max(places->size.width, 1.0),
                                   (page_height - 2 * margin - title) / std::max(places->size.height, 1.0), 1.2});
    cairo_t* context = page.context();
    cairo_save(context);
    cairo_translate(context, (page_width - scale * places->size.width) / 2, margin + title);
    cairo_scale(context, scale, scale);
    for (std::size_t i = 0; i < graph.edges.size(); ++i)
        draw_arrow(context, places->curves[i], 0.6 + 3 * graph.edges[i].bytes / std::max(total, 1.0));
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        draw_node(page, graph.nodes[i], places->centers[i], boxes[i], total);
    cairo_restore(context);
    return {};
}

}  // namespace

Result<std::string> pdf_report(const Series& series, const Verdict& verdict) {
    std::string pdf;
    Page page{pdf};
    page.font(16, true);
    page.text(margin, margin + 8, "heaptrend");
    double y = margin + 30;
    page.font(10);
    constexpr std::size_t max_sentences = 10;
    const auto sentences = summary(verdict, series);
    for (std::size_t i = 0; i < std::min(sentences.size(), max_sentences); ++i)
        y = page.paragraph(margin, y, page_width - 2 * margin, printable(sentences[i], 600)) + 3;
    draw_trends(page, y + 6, series, verdict);
    if (verdict.convicted > 0) {
        page.next();
        page.font(12, true);
        page.text(margin, margin + 8, "Who calls what grows");
        double total = 0;
        for (std::size_t i = 0; i < verdict.convicted; ++i) total += verdict.owners[i].judgement.growth.bytes;
        if (const auto drawn = draw_graph(page, call_graph(series, verdict), total); !drawn)
            return tl::unexpected{drawn.error()};
    }
    if (!page.finish()) return fail(Errc::unavailable, "cairo could not draw the report");
    return pdf;
}

}  // namespace heaptrend
