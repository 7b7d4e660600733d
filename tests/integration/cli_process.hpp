#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace asr_stream::test {

/// What a child process left behind.
struct Finished {
    int exit_code = -1;  ///< 128 and the signal's number when one ended it
    std::string out;
    std::string err;
};

/// asr-stream as a child process, with pipes to its three standard streams. It is killed when the object goes, and
/// after a minute in any case.
class CliProcess {
  public:
    explicit CliProcess(std::vector<std::string> arguments);
    /// The same with standard output sent to a file.
    CliProcess(std::vector<std::string> arguments, const std::string& out_file);
    ~CliProcess();
    CliProcess(const CliProcess&) = delete;
    CliProcess& operator=(const CliProcess&) = delete;

    void write(std::string_view bytes);  ///< to its standard input
    void close_input();
    void signal(int number) const;
    /// Reads its standard error until `part` occurs; false when it ended or a minute passed first.
    [[nodiscard]] bool wait_for_message(std::string_view part);
    /// The same of its standard output; the rest of the line after `part`, or empty.
    [[nodiscard]] std::string wait_for_output(std::string_view part);
    /// Closes its input, reads all it writes, and waits for its end.
    [[nodiscard]] Finished finish();

  private:
    void start(const std::vector<std::string>& arguments, int out_file);
    bool read_some();
    pid_t pid_ = -1;
    int in_ = -1;
    int out_ = -1;
    int err_ = -1;
    Finished result_;
};

[[nodiscard]] Finished run_cli(std::vector<std::string> arguments);

}  // namespace asr_stream::test
