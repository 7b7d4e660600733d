#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

/// Runs a fuzzer's entry point once on every file of the folders given, where there is no libFuzzer to do it. A fuzzer
/// aborts on what it finds; a folder that is missing or empty fails too, because it would prove nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::size_t replay(const std::filesystem::path& folder) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file{entry.path(), std::ios::binary};
        const std::vector<char> bytes{std::istreambuf_iterator<char>{file}, {}};
        if (file.bad()) throw std::filesystem::filesystem_error{"cannot read", entry.path(), {}};
        std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
        LLVMFuzzerTestOneInput(data.data(), data.size());
        ++files;
    }
    return files;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s FOLDER...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; ++i) {
        const std::size_t files = replay(argv[i]);
        if (files == 0) {
            std::fprintf(stderr, "%s: no seeds in it\n", argv[i]);
            return 1;
        }
        std::printf("%s: %zu seeds replayed\n", argv[i], files);
    }
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
