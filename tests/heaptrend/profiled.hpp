#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// Runs the fixture program under real profilers. Every file lies in a folder of its own that goes with the object.
namespace heaptrend::testing {

class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::filesystem::path file(const std::string& name, const std::string& bytes) const;

  private:
    std::filesystem::path path_;
};

/// Runs a command without a shell; its output is thrown away. The exit status, or -1 when it could not be run.
int run(const std::vector<std::string>& command, const std::vector<std::string>& environment = {});

/// Runs a command like run() and kills it as soon as `due`, which is asked all the time, or after 30 s. Whether it
/// still ran then.
bool run_and_kill(const std::vector<std::string>& command, const std::function<bool()>& due);

/// True when the dynamic linker finds the library.
[[nodiscard]] bool has_library(const char* name);
/// The program's path in PATH, or empty.
[[nodiscard]] std::string find_program(const std::string& name);
/// What a command prints, without a shell.
[[nodiscard]] std::string output_of(const std::vector<std::string>& command);

}  // namespace heaptrend::testing
