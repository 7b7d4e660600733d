#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "event.hpp"

namespace miniswitch {

/// Which events one client of the event socket wants.
class EslFilter {
  public:
    enum class Format { plain, json };

    /// event, nixevent, noevents, filter: gives the reply.
    [[nodiscard]] std::string obey(const std::string& verb, const std::string& words);
    [[nodiscard]] bool wants(const switch_event_t& event) const;
    [[nodiscard]] Format format() const { return format_; }

  private:
    [[nodiscard]] std::string subscribe(const std::string& words);
    [[nodiscard]] std::string unsubscribe(const std::string& words);
    [[nodiscard]] std::string filter(const std::string& words);

    Format format_ = Format::plain;
    bool all_ = false;
    std::set<switch_event_types_t> ids_;
    std::set<std::string> subclasses_;
    std::set<switch_event_types_t> not_ids_;
    std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace miniswitch
