#include "heaptrend/file.hpp"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace heaptrend {
namespace fs = std::filesystem;

Result<std::string> read_file(const fs::path& path, std::uint64_t limit) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) return fail(Errc::file_not_found, path.string());
    if (status.type() != fs::file_type::regular)
        return fail(Errc::file_unreadable, path.string() + " is not a regular file");
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) return fail(Errc::file_unreadable, path.string() + ": " + error.message());
    if (size > limit)
        return fail(Errc::limit_exceeded,
                    path.string() + " has " + std::to_string(size) + " bytes, allowed are " + std::to_string(limit));
    std::ifstream in{path, std::ios::binary};
    std::string bytes(size, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(size));
    if (!in && !in.eof()) return fail(Errc::file_unreadable, path.string() + ": " + std::strerror(errno));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
}

Result<> write_file(const fs::path& path, std::string_view bytes) {
    fs::path temporary = path;
    temporary += ".new";
    {
        std::ofstream out{temporary, std::ios::binary | std::ios::trunc};
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        out.close();
        if (!out) return fail(Errc::file_not_writable, path.string() + ": " + std::strerror(errno));
    }
    std::error_code error;
    fs::rename(temporary, path, error);
    if (error) return fail(Errc::file_not_writable, path.string() + ": " + error.message());
    return {};
}

namespace {

/// An agent writes one folder for each process: the only one of them is meant when its parent is named.
Result<std::vector<fs::path>> expand_only_folder(const fs::path& parent) {
    std::vector<fs::path> folders;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{parent, error})
        if (fs::exists(entry.path() / "series.log", error)) folders.push_back(entry.path());
    if (folders.size() == 1) return expand(folders[0].string());
    if (folders.empty()) return fail(Errc::file_not_found, parent.string() + " is a directory without *.heap files");
    std::sort(folders.begin(), folders.end());
    std::string list;
    for (const fs::path& folder : folders)
        if (list.size() < 200) list += (list.empty() ? "" : ", ") + folder.filename().string();
    return fail(Errc::mixed_series, parent.string() + " has series of " + std::to_string(folders.size()) +
                                        " processes: " + list + "; name one of them");
}

}  // namespace

Result<std::vector<fs::path>> expand(const std::string& argument) {
    std::vector<fs::path> files;
    std::error_code error;
    if (fs::is_directory(argument, error)) {
        for (const auto& entry : fs::directory_iterator{argument, error})
            if (entry.path().extension() == ".heap") files.push_back(entry.path());
        if (files.empty()) return expand_only_folder(argument);
        std::sort(files.begin(), files.end());
        return files;
    }
    if (fs::exists(argument, error)) return std::vector<fs::path>{argument};
    if (argument.find_first_of("*?[") == std::string::npos) return fail(Errc::file_not_found, argument);
    glob_t found{};
    const int status = glob(argument.c_str(), 0, nullptr, &found);
    const std::unique_ptr<glob_t, void (*)(glob_t*)> guard{&found, globfree};
    if (status != 0) return fail(Errc::file_not_found, "nothing matches " + argument);
    for (std::size_t i = 0; i < found.gl_pathc; ++i) files.emplace_back(found.gl_pathv[i]);
    return files;
}

}  // namespace heaptrend
