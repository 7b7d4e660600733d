# FreeSWITCH's headers, for mod_asr_stream. A switch in a folder of its own is found through PKG_CONFIG_PATH, for instance
# PKG_CONFIG_PATH=/opt/freeswitch/lib/pkgconfig.

set_property(CACHE ASR_STREAM_BUILD_MODULE PROPERTY STRINGS AUTO ON OFF)
if(ASR_STREAM_BUILD_MODULE)
  set(required "")
  if(NOT ASR_STREAM_BUILD_MODULE STREQUAL "AUTO")
    set(required REQUIRED)
  endif()
  unset(__pkg_config_checked_freeswitch CACHE) # asked anew each time: PKG_CONFIG_PATH may be another than it was
  pkg_check_modules(freeswitch ${required} freeswitch>=1.10)
  if(freeswitch_FOUND)
    # The module links none of the switch's libraries: it finds the switch in the process that loads it.
    add_library(freeswitch_headers INTERFACE)
    target_include_directories(freeswitch_headers SYSTEM INTERFACE ${freeswitch_INCLUDE_DIRS})
    # Its headers export the module's table only when asked to.
    target_compile_definitions(freeswitch_headers INTERFACE SWITCH_API_VISIBILITY=1)
    pkg_get_variable(ASR_STREAM_MODULE_DIR freeswitch modulesdir)
  else()
    message(STATUS "FreeSWITCH was not found by pkg-config: mod_asr_stream is built for its test host only")
  endif()
endif()
