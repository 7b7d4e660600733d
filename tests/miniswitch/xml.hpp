#pragma once

#include <string>

namespace miniswitch {

/// --conf: where switch_xml_open_cfg finds NAME.xml.
void set_configuration_folder(std::string folder);

}  // namespace miniswitch
