#pragma once

#include <functional>
#include <string>

#include "freeswitch/command.hpp"
#include "freeswitch/module.hpp"
#include "freeswitch/switch_api.hpp"

/// What the API and the application do for one call.
namespace asr_stream::freeswitch {

/// "+OK ...", "-ERR ..." or a table, without the last line's end.
struct Reply {
    bool is_ok = false;
    std::string text;
};

[[nodiscard]] Reply ok(const std::string& text = {});
[[nodiscard]] Reply error(const std::string& reason);
/// "limit" where a bound on the number of streams was reached, otherwise what happened in one line.
[[nodiscard]] std::string reason_of(const Error& error);

/// `session` is locked by the caller; null where only the uuid is known. `hold` is called for a stream that starts.
[[nodiscard]] Reply execute(Module& module, const std::string& uuid, switch_core_session_t* session,
                            const CallCommand& command, const std::function<InterfaceHold()>& hold);

}  // namespace asr_stream::freeswitch
