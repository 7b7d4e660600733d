# Language level, warnings and the settings every target of this project shares.

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

find_program(ASR_STREAM_CCACHE ccache)
if(ASR_STREAM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${ASR_STREAM_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ASR_STREAM_CCACHE})
endif()

# What our own code is held to; never exported to those who use the library.
add_library(asr_stream_dev INTERFACE)
target_compile_features(asr_stream_dev INTERFACE cxx_std_20)
target_compile_options(asr_stream_dev INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Werror
  # Without unique symbols dlclose can unmap the module after an upgrade.
  $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
# gcc's documentation of -fsanitize says it: the code that it adds makes this warning see what is not there.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_compile_options(asr_stream_dev INTERFACE -Wno-maybe-uninitialized)
endif()
target_include_directories(asr_stream_dev INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)

# asr_stream_add_component(NAME SOURCES ... [PUBLIC lib ...] [PRIVATE lib ...])
# One folder, one static library `asr_stream_NAME`; libasr_stream is put together from their objects.
function(asr_stream_add_component name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target asr_stream_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  target_link_libraries(${target} PUBLIC asr_stream_dev ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()
