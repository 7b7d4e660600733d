#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>

#include "heaptrend/report.hpp"
#include "heaptrend/stack_text.hpp"
#include "heaptrend/units.hpp"

namespace heaptrend {
namespace {

constexpr double width = 1200;
constexpr double row = 17;
constexpr double top = 40;
constexpr double narrowest = 0.3;  // pixels; what is narrower is left out
constexpr std::size_t max_depth = 120;

struct Node {
    double bytes = 0;
    std::map<std::string, std::unique_ptr<Node>> children;
};

std::unique_ptr<Node> make_tree(const std::vector<WeightedStack>& stacks) {
    auto root = std::make_unique<Node>();
    for (const WeightedStack& stack : stacks) {
        Node* at = root.get();
        at->bytes += stack.bytes;
        for (std::size_t i = 0; i < std::min(stack.root_first.size(), max_depth); ++i) {
            auto& child = at->children[stack.root_first[i]];
            if (!child) child = std::make_unique<Node>();
            at = child.get();
            at->bytes += stack.bytes;
        }
    }
    return root;
}

std::size_t depth_of(const Node& node, double bytes_shown) {
    std::size_t deepest = 0;
    for (const auto& [name, child] : node.children)
        if (child->bytes >= bytes_shown) deepest = std::max(deepest, depth_of(*child, bytes_shown));
    return deepest + 1;
}

/// A warm colour that is always the same for a name.
std::string color_of(std::string_view name) {
    unsigned hash = 2166136261U;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "rgb(%u,%u,%u)", 205 + hash % 50, 80 + (hash >> 8U) % 130,
                  (hash >> 16U) % 60);
    return text.data();
}

class Drawing {
  public:
    explicit Drawing(const Node& root) : total_{root.bytes}, bytes_shown_{root.bytes * narrowest / width} {
        rows_ = depth_of(root, bytes_shown_);
        draw("all", root, 0, 0);
    }
    [[nodiscard]] double height() const noexcept { return top + row * static_cast<double>(rows_) + 10; }
    [[nodiscard]] const std::string& body() const noexcept { return body_; }

  private:
    void draw(const std::string& name, const Node& node, double x, std::size_t depth) {
        const double w = width * node.bytes / total_;
        const double y = top + row * static_cast<double>(rows_ - 1 - depth);
        std::array<char, 160> box{};
        std::snprintf(box.data(), box.size(), "<g class=\"f\" data-x=\"%.3f\" data-w=\"%.3f\" data-y=\"%.0f\">", x, w,
                      y);
        body_ += box.data();
        const std::string text = escape_markup(name);
        std::array<char, 32> share{};
        std::snprintf(share.data(), share.size(), "%.2f %%", 100 * node.bytes / total_);
        body_ += "<title>" + text + ": " + format_bytes(node.bytes) + ", " + share.data() + "</title>";
        std::snprintf(box.data(), box.size(), "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%.0f\" fill=\"", x,
                      y, std::max(w - 0.5, 0.1), row - 1);
        body_ += box.data() + color_of(name) + "\"/>";
        constexpr double character = 6.6;
        const auto fitting = static_cast<std::size_t>(std::max(w - 6, 0.0) / character);
        std::snprintf(box.data(), box.size(), "<text x=\"%.2f\" y=\"%.0f\">", x + 3, y + 12);
        body_ += box.data() + (fitting < 3 ? "" : escape_markup(std::string_view{name}.substr(0, fitting))) +
                 "</text></g>\n";
        for (const auto& [child_name, child] : node.children) {
            if (child->bytes >= bytes_shown_) draw(child_name, *child, x, depth + 1);
            x += width * child->bytes / total_;
        }
    }

    double total_;
    double bytes_shown_;
    std::size_t rows_ = 0;
    std::string body_;
};

/// Click zooms, click on the lowest row zooms out, the field searches with a regular expression.
constexpr std::string_view script = R"(<script><![CDATA[
(function(){
var svg=document.currentScript.closest('svg'),W=1200,all=[].slice.call(svg.querySelectorAll('g.f'));
function name(g){return g.querySelector('title').textContent.replace(/: [^:]*$/,'');}
function show(x,w,y){all.forEach(function(g){
 var gx=+g.dataset.x,gw=+g.dataset.w,gy=+g.dataset.y,under=gy>=y&&gx<=x+1e-3&&gx+gw>=x+w-1e-3;
 var nx=(gx-x)*W/w,nw=gw*W/w,out=gx+gw<=x+1e-3||gx>=x+w-1e-3;
 if(under){nx=0;nw=W;}
 g.style.display=out&&!under?'none':'';
 var r=g.querySelector('rect'),t=g.querySelector('text'),n=Math.floor((nw-6)/6.6);
 r.setAttribute('x',nx);r.setAttribute('width',Math.max(nw-0.5,0.1));t.setAttribute('x',nx+3);
 t.textContent=n<3?'':name(g).slice(0,n);});}
all.forEach(function(g){g.addEventListener('click',function(){show(+g.dataset.x,+g.dataset.w,+g.dataset.y);});});
svg.querySelector('.search').addEventListener('click',function(){
 var q=window.prompt('Search (regular expression), empty to clear','');if(q===null)return;
 var re;try{re=q?new RegExp(q,'i'):null;}catch(e){window.alert(e.message);return;}
 all.forEach(function(g){var hit=re&&re.test(name(g)),r=g.querySelector('rect');
  r.style.stroke=hit?'#0000cc':'';r.style.strokeWidth=hit?2:'';r.style.opacity=re&&!hit?0.45:'';});});
})();
]]></script>)";

}  // namespace

std::string flame_graph(const Series& series, const Verdict& verdict, Measure measure) {
    const auto tree = make_tree(weighted_stacks(series, verdict, measure));
    const std::string title = measure == Measure::growth ? "Growth from the first to the last snapshot" : "Live bytes";
    if (tree->bytes <= 0)
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"30\"><text x=\"3\" y=\"20\">" +
               title + ": none</text></svg>\n";
    const Drawing drawing{*tree};
    std::array<char, 200> size{};
    std::snprintf(size.data(), size.size(), "viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\"", width,
                  drawing.height(), width, drawing.height());
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" " + std::string{size.data()} +
           ">\n<style>text{font:11px monospace;pointer-events:none}.f{cursor:pointer}.search{cursor:pointer;"
           "pointer-events:all;fill:#0000cc}.h{font:14px sans-serif}</style>\n<rect width=\"100%\" height=\"100%\" "
           "fill=\"#fdfdf6\"/>\n<text class=\"h\" x=\"10\" y=\"22\">" +
           title + ", " + format_bytes(tree->bytes) +
           "</text>\n<text class=\"search\" x=\"1130\" y=\"22\">search</text>\n" + drawing.body() +
           std::string{script} + "\n</svg>\n";
}

}  // namespace heaptrend
