#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace heaptrend {

/// A position in one table of a Series; the tag keeps positions of different tables apart.
template <class Tag>
struct Index {
    std::uint32_t value = 0;

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the literal zero in what is generated for a pointer
    friend auto operator<=>(const Index&, const Index&) = default;
};

using StringIndex = Index<struct StringTag>;
using ModuleIndex = Index<struct ModuleTag>;
using FrameIndex = Index<struct FrameTag>;
using StackIndex = Index<struct StackTag>;

}  // namespace heaptrend

template <class Tag>
struct std::hash<heaptrend::Index<Tag>> {
    std::size_t operator()(heaptrend::Index<Tag> index) const noexcept { return index.value; }
};
