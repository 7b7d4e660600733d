# Tests and fuzzers. Both helpers do nothing when the option that asks for them is off.

if(ASR_STREAM_BUILD_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# asr_stream_add_test(NAME SOURCES ... LIBS ... [TIMEOUT seconds])
# One GoogleTest executable; each of its tests becomes a CTest test, 60 s at most unless told.
function(asr_stream_add_test name)
  if(NOT ASR_STREAM_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE asr_stream_dev ${arg_LIBS} GTest::gmock_main)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()

# asr_stream_add_fuzzer(NAME SOURCE LIBS ... SEEDS folder), the folder relative to tests/fuzz.
# With clang and the `fuzz` preset a libFuzzer binary; elsewhere the same entry point replays its seeds as a test,
# so that a fuzzer never stops compiling.
function(asr_stream_add_fuzzer name source)
  if(NOT ASR_STREAM_BUILD_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(arg "" "SEEDS" "LIBS" ${ARGN})
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE asr_stream_dev ${arg_LIBS})
  if(ASR_STREAM_LIBFUZZER)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_property(GLOBAL APPEND PROPERTY ASR_STREAM_FUZZERS ${name})
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/replay_seeds.cpp)
    if(ASR_STREAM_BUILD_TESTS)
      add_test(NAME ${name}.seeds COMMAND ${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/${arg_SEEDS})
    endif()
  endif()
endfunction()
