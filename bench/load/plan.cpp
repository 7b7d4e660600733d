#include "load/plan.hpp"

#include <boost/json.hpp>

namespace asr_stream::bench {

namespace json = boost::json;

std::string to_json(const Plan& plan) {
    return json::serialize(json::object{{"contestant", plan.contestant},
                                        {"port", plan.port},
                                        {"ca_file", plan.ca_file},
                                        {"streams", plan.streams},
                                        {"frame_ms", plan.frame_ms},
                                        {"batch_ms", plan.batch_ms},
                                        {"slot_ms", plan.slot_ms},
                                        {"warmup_ms", plan.warmup_ms},
                                        {"measure_ms", plan.measure_ms},
                                        {"silence", plan.silence}});
}

Plan plan_from_json(const std::string& text) {
    const json::value value = json::parse(text);
    const auto number = [&](const char* key) { return value.at(key).to_number<unsigned>(); };
    Plan plan;
    plan.contestant = value.at("contestant").as_string();
    plan.port = value.at("port").to_number<std::uint16_t>();
    plan.ca_file = value.at("ca_file").as_string();
    plan.streams = number("streams");
    plan.frame_ms = number("frame_ms");
    plan.batch_ms = number("batch_ms");
    plan.slot_ms = number("slot_ms");
    plan.warmup_ms = number("warmup_ms");
    plan.measure_ms = number("measure_ms");
    plan.silence = value.at("silence").as_bool();
    return plan;
}

}  // namespace asr_stream::bench
