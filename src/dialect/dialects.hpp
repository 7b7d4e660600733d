#pragma once

#include <memory>
#include <string_view>

#include "dialect/dialect.hpp"

/// The services we speak to. Each has a file of its own and a line in registry.cpp.
namespace asr_stream::dialect {

[[nodiscard]] std::unique_ptr<Session> open_jambonz(SessionConfig config);
[[nodiscard]] std::unique_ptr<Session> open_json(SessionConfig config);
[[nodiscard]] std::unique_ptr<Session> open_vosk(SessionConfig config);

/// Whether sessions of that dialect hand SessionConfig::grammar to the service; the others have no field for it.
[[nodiscard]] bool takes_grammar(std::string_view dialect) noexcept;

}  // namespace asr_stream::dialect
