// The specimen under load, without a switch.
#include <cstdio>
#include <exception>
#include <vector>

#include "leaky_asr/calls.hpp"
#include "leaky_asr/leaky_asr.hpp"

namespace {

class LeakyClient final : public leaky_asr::Client {
  public:
    void open(std::size_t call, const std::string& url) override {
        if (calls_.size() <= call) calls_.resize(call + 1);
        calls_[call] = asr_open(url);
    }
    bool feed(std::size_t call, const void* data, std::size_t bytes) override {
        if (!calls_[call] || !asr_feed(*calls_[call], data, bytes)) return false;
        while (asr_check_results(*calls_[call])) static_cast<void>(asr_get_results(*calls_[call]));
        return true;
    }
    void close(std::size_t call) override { calls_[call].reset(); }

  private:
    std::vector<leaky_asr::CallHandle> calls_;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        const leaky_asr::Load load = leaky_asr::read_load(argc, argv);
        asr_load();
        LeakyClient client;
        leaky_asr::run_load(load, client);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "leaky_calls: %s\n", error.what());
        return 1;
    }
    return 0;
}
