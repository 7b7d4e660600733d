#pragma once

#include <cstddef>
#include <memory>
#include <string>

/// The recognizer client of the module that brought a switch down, rebuilt with its two faults: asr_feed() never frees
/// the text that cJSON_Print made, and a call keeps every message that the service ever sent. Built a second time with
/// LEAKY_ASR_MENDED, it is the same client without them. A specimen to be diagnosed: never use it.
namespace leaky_asr {

class Call;
struct EndCall {
    void operator()(Call* call) const noexcept;
};
using CallHandle = std::unique_ptr<Call, EndCall>;

}  // namespace leaky_asr

/// Fills the prompt cache: called once, before the first call.
void asr_load();
/// Connects on a thread of its own; what is fed before the connection stands is lost. Null when `url` is refused.
[[nodiscard]] leaky_asr::CallHandle asr_open(const std::string& url);
/// Sends 8 kHz L16 samples. One thread a call. False when the connection has failed.
bool asr_feed(leaky_asr::Call& call, const void* data, std::size_t bytes);
/// True when a message has come that asr_get_results() has not handed out. Any thread.
[[nodiscard]] bool asr_check_results(leaky_asr::Call& call);
/// The oldest message not handed out yet; empty when there is none. Any thread.
[[nodiscard]] std::string asr_get_results(leaky_asr::Call& call);
[[nodiscard]] bool asr_is_open(const leaky_asr::Call& call);
