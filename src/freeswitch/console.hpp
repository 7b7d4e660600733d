#pragma once

namespace asr_stream::freeswitch {

/// Completion with the tab key in fs_cli: commands, running calls, profiles and settings.
void add_console_completion();
void remove_console_completion();

}  // namespace asr_stream::freeswitch
