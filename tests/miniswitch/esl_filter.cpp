#include "esl_filter.hpp"

#include <algorithm>

#include "text.hpp"

namespace miniswitch {

std::string EslFilter::obey(const std::string& verb, const std::string& words) {
    if (verb == "event") return subscribe(words);
    if (verb == "nixevent") return unsubscribe(words);
    if (verb == "filter") return filter(words);
    if (verb != "noevents") return "-ERR command not found: " + verb;
    all_ = false;
    ids_.clear();
    subclasses_.clear();
    not_ids_.clear();
    return "+OK no longer listening for events";
}

// "[plain|json] NAME... [CUSTOM SUBCLASS...]": after CUSTOM every word is a subclass.
std::string EslFilter::subscribe(const std::string& text) {
    auto names = words(text);
    if (!names.empty() && (names[0] == "plain" || names[0] == "json")) {
        format_ = names[0] == "json" ? Format::json : Format::plain;
        names.erase(names.begin());
    }
    bool is_custom = false;
    bool any = false;
    for (const auto& name : names) {
        const auto id = event_id(name);
        if (is_custom) {
            subclasses_.insert(name);
            continue;
        }
        if (!id) continue;  // FreeSWITCH too passes over names that it does not know
        any = true;
        is_custom = *id == SWITCH_EVENT_CUSTOM;
        if (*id == SWITCH_EVENT_ALL) all_ = true;
        ids_.insert(*id);
        not_ids_.erase(*id);
    }
    if (!any) return "-ERR no keywords supplied";
    return std::string{"+OK event listener enabled "} + (format_ == Format::json ? "json" : "plain");
}

std::string EslFilter::unsubscribe(const std::string& text) {
    bool is_custom = false;
    bool any = false;
    for (const auto& name : words(text)) {
        const auto id = event_id(name);
        if (is_custom) subclasses_.erase(name);
        if (is_custom || !id) continue;
        any = true;
        is_custom = *id == SWITCH_EVENT_CUSTOM;
        if (is_custom) continue;
        ids_.erase(*id);
        not_ids_.insert(*id);
        if (*id == SWITCH_EVENT_ALL) {
            all_ = false;
            ids_.clear();
        }
    }
    return any ? "+OK events nixed" : "-ERR no keywords supplied";
}

// "[add] HEADER VALUE" or "delete HEADER|all [VALUE]".
std::string EslFilter::filter(const std::string& text) {
    auto argv = words(text, ' ', 3);
    if (argv.size() >= 2 && argv[0] == "delete") {
        const auto value = argv.size() > 2 ? argv[2] : "";
        std::erase_if(headers_, [&](const auto& header) {
            return argv[1] == "all" || (same(header.first, argv[1]) && (value.empty() || header.second == value));
        });
        return "+OK filter deleted. [" + argv[1] + "][" + value + "]";
    }
    argv = words(text, ' ', 2);
    if (argv.size() == 2 && argv[0] == "add") argv = words(argv[1], ' ', 2);
    if (argv.size() != 2) return "-ERR invalid syntax";
    headers_.emplace_back(argv[0], argv[1]);
    return "+OK filter added. [" + argv[0] + "]=[" + argv[1] + "]";
}

bool EslFilter::wants(const switch_event_t& event) const {
    const bool is_custom = event.event_id == SWITCH_EVENT_CUSTOM;
    const bool is_chosen = all_ ? not_ids_.count(event.event_id) == 0 : ids_.count(event.event_id) != 0;
    if (!is_chosen) return false;
    if (is_custom && !all_ && (event.subclass_name == nullptr || subclasses_.count(event.subclass_name) == 0))
        return false;
    return headers_.empty() || std::ranges::any_of(headers_, [&event](const auto& wanted) {
               const auto* value = header(event, wanted.first);
               return value != nullptr && same(value, wanted.second);
           });
}

}  // namespace miniswitch
