#pragma once

namespace asr_stream::test {

/// How many TCP segments with data in them the socket has sent, and received. They throw std::system_error.
[[nodiscard]] unsigned data_segments_sent(int socket);
[[nodiscard]] unsigned data_segments_received(int socket);

}  // namespace asr_stream::test
