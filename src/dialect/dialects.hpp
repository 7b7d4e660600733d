#pragma once

#include <memory>

#include "dialect/dialect.hpp"

/// The services we speak to. Each has a file of its own and a line in registry.cpp.
namespace asr_stream::dialect {

[[nodiscard]] std::unique_ptr<Session> open_jambonz(SessionConfig config);
[[nodiscard]] std::unique_ptr<Session> open_json(SessionConfig config);
[[nodiscard]] std::unique_ptr<Session> open_vosk(SessionConfig config);

}  // namespace asr_stream::dialect
