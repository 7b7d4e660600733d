#pragma once

#include <string>

namespace miniswitch {

/// Where switch_xml_open_cfg looks for NAME.xml: the folder of --conf, then its autoload_configs.
void set_configuration_folder(std::string folder);

}  // namespace miniswitch
