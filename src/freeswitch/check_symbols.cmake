# What the switch and its other modules see of ours is one table, and no unique symbol keeps the code mapped after unload.
# cmake -D NM=nm -D MODULE=mod_asr_stream.so -P check_symbols.cmake

execute_process(COMMAND ${NM} -D --defined-only --format=posix ${MODULE} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" symbols "${symbols}")
set(exported "")
foreach(symbol IN LISTS symbols)
  if(symbol MATCHES "^([^ ]+) ")
    list(APPEND exported ${CMAKE_MATCH_1})
  endif()
endforeach()
if(NOT exported STREQUAL "mod_asr_stream_module_interface")
  message(FATAL_ERROR "${MODULE} exports: ${exported}")
endif()

execute_process(COMMAND ${NM} --format=posix ${MODULE} OUTPUT_VARIABLE all COMMAND_ERROR_IS_FATAL ANY)
if(all MATCHES "\n([^ \n]+) u ")
  message(FATAL_ERROR "${MODULE} has the unique symbol ${CMAKE_MATCH_1}")
endif()
