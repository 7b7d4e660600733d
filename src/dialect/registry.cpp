#include <algorithm>
#include <array>

#include "base/nearest.hpp"
#include "dialect/dialects.hpp"
#include "dialect/json_write.hpp"

namespace asr_stream::dialect {
namespace {

constexpr std::array descriptors{
    Descriptor{"jambonz", "jambonz custom speech-to-text servers", open_jambonz},
    Descriptor{"json", "the protocol of asr-stream serve, for servers of your own", open_json},
    Descriptor{"vosk", "vosk-server (Kaldi)", open_vosk},
};
static_assert(std::ranges::is_sorted(descriptors, {}, &Descriptor::name));

constexpr auto names = [] {
    std::array<std::string_view, descriptors.size()> result;
    std::ranges::transform(descriptors, result.begin(), &Descriptor::name);
    return result;
}();

std::string list_of_names() {
    std::string list;
    for (const std::string_view name : names) list.append(list.empty() ? "" : ", ").append(name);
    return list;
}

}  // namespace

std::span<const Descriptor> all() { return descriptors; }

bool takes_grammar(std::string_view dialect) noexcept { return dialect == "json"; }

Result<const Descriptor*> find(std::string_view name) {
    const auto found = std::ranges::find(descriptors, name, &Descriptor::name);
    if (found != descriptors.end()) return &*found;
    constexpr std::size_t longest_shown = 64;
    std::string context = "dialect=" + one_line(name, longest_shown);
    if (const std::string_view near = nearest(name, names); !near.empty())
        context.append(": did you mean ").append(near).append("?");
    return fail(Errc::unknown_dialect, context + " (allowed are " + list_of_names() + ")");
}

}  // namespace asr_stream::dialect
