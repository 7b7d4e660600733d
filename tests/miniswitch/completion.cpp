#include "completion.hpp"

#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "session.hpp"

namespace miniswitch {
namespace {

std::mutex mutex;
std::set<std::vector<std::string>> patterns;  // words, and ::function for a list
std::map<std::string, switch_console_complete_callback_t> functions;

void free_matches(switch_console_callback_match_t* matches) {
    while (matches != nullptr && matches->head != nullptr) {
        auto* node = matches->head;
        matches->head = node->next;
        std::free(node->val);
        std::free(node);
    }
    std::free(matches);
}

// What may stand in the place of `word` of a pattern.
std::set<std::string> choices(const std::string& word, const std::string& line, const std::string& cursor) {
    if (!word.starts_with("::")) return {word};
    std::set<std::string> found;
    if (word == "::console::list_uuid")
        for (auto& uuid : sessions().uuids()) found.insert(std::move(uuid));
    const auto function = functions.find(word);
    if (function == functions.end()) return found;
    switch_console_callback_match_t* matches = nullptr;
    if (function->second(line.c_str(), cursor.c_str(), &matches) == SWITCH_STATUS_SUCCESS && matches != nullptr)
        for (const auto* node = matches->head; node != nullptr; node = node->next) found.insert(node->val);
    free_matches(matches);
    return found;
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& typed) {
    if (pattern.size() <= typed.size()) return false;
    for (std::size_t i = 0; i < typed.size(); ++i)
        if (!pattern[i].starts_with("::") && pattern[i] != typed[i]) return false;
    return true;
}

}  // namespace

std::string complete(const std::string& line) {
    auto typed = words(line);
    std::string cursor;
    if (!line.empty() && line.back() != ' ' && !typed.empty()) {
        cursor = typed.back();
        typed.pop_back();
    }
    const std::lock_guard guard{mutex};
    std::set<std::string> found;
    for (const auto& pattern : patterns)
        if (fits(pattern, typed))
            for (const auto& word : choices(pattern[typed.size()], line, cursor))
                if (word.starts_with(cursor)) found.insert(word);
    std::string text;
    for (const auto& word : found) text += word + "\n";
    return text;
}

}  // namespace miniswitch

extern "C" {

switch_status_t switch_console_set_complete(const char* text) {
    auto argv = miniswitch::words(text);
    if (argv.size() < 2) return SWITCH_STATUS_FALSE;
    const auto action = argv.front();
    argv.erase(argv.begin());
    const std::lock_guard guard{miniswitch::mutex};
    if (action == "add") miniswitch::patterns.insert(argv);
    if (action == "del")
        std::erase_if(miniswitch::patterns, [&argv](const auto& pattern) {
            return pattern.size() >= argv.size() && std::equal(argv.begin(), argv.end(), pattern.begin());
        });
    return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_add_complete_func(const char* name, switch_console_complete_callback_t function) {
    const std::lock_guard guard{miniswitch::mutex};
    miniswitch::functions[name] = function;
    return SWITCH_STATUS_SUCCESS;
}

void switch_console_push_match(switch_console_callback_match_t** matches, const char* word) {
    if (*matches == nullptr)
        *matches =
            static_cast<switch_console_callback_match_t*>(std::calloc(1, sizeof(switch_console_callback_match_t)));
    auto* node = static_cast<switch_console_callback_match_node_t*>(
        std::calloc(1, sizeof(switch_console_callback_match_node_t)));
    node->val = strdup(word);
    ((*matches)->head == nullptr ? (*matches)->head : (*matches)->end->next) = node;
    (*matches)->end = node;
    ++(*matches)->count;
}

}  // extern "C"
