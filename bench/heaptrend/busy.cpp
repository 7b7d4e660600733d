// bench_heaptrend_busy SECONDS: allocates as fast as it can, and never holds more than 513 blocks.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>

int main(int argc, char** argv) {
    const std::chrono::duration<double> wanted{argc > 1 ? std::strtod(argv[1], nullptr) : 1};
    std::array<void*, 512> held{};
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < wanted) {
        for (void*& block : held) {
            std::free(block);
            block = std::malloc(4'096);
            for (int i = 0; i < 4; ++i) {
                void* volatile passing = std::malloc(700);
                std::free(passing);
            }
        }
    }
    for (void* block : held) std::free(block);
    return 0;
}
