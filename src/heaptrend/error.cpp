#include "heaptrend/error.hpp"

namespace heaptrend {
namespace {

const char* sentence(Errc code) noexcept {
    switch (code) {
        case Errc::file_not_found: return "no such file";
        case Errc::file_unreadable: return "file cannot be read";
        case Errc::file_not_writable: return "file cannot be written";
        case Errc::not_a_profile: return "not a heap profile of a known format";
        case Errc::unsupported_version: return "version of this format not supported";
        case Errc::malformed: return "malformed heap profile";
        case Errc::truncated: return "truncated heap profile";
        case Errc::limit_exceeded: return "limit exceeded";
        case Errc::bad_compression: return "compressed data damaged";
        case Errc::mixed_series: return "files do not form one series";
        case Errc::too_few_snapshots: return "too few snapshots";
        case Errc::bad_argument: return "argument not allowed";
        case Errc::unavailable: return "not available here";
    }
    return "unknown error";
}

class Category final : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "heaptrend"; }
    [[nodiscard]] std::string message(int value) const override { return sentence(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), error_category()}; }

}  // namespace heaptrend
