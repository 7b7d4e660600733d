#include <asr_stream/engine.hpp>
#include <asr_stream/settings.hpp>
#include <cstdio>

// Uses a little of everything that must link: settings, an engine, its metrics.
int main() {
    asr_stream::Profile profile;
    const auto set = asr_stream::set(profile, "frame-ms", "7");
    if (set) return 1;
    std::puts(set.error().message().c_str());

    const auto engine = asr_stream::Engine::create({}, {});
    if (!engine) return 2;
    const auto refused = (*engine)->add_stream({}, nullptr);
    if (refused) return 3;
    std::puts(refused.error().message().c_str());
    return (*engine)->metrics().starts_with("# HELP asr_stream_streams") ? 0 : 4;
}
