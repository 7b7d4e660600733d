# cmake -DPROGRAM=... -DVALGRIND=... -DBASELINE=... -DWORK=... -P gate.cmake
# Instructions per frame on the engine's way of a frame, counted by callgrind and held against the baseline. The difference
# of a short and a long run leaves out what only the beginning costs.
cmake_minimum_required(VERSION 3.25)

set(short_rounds 100)
set(long_rounds 300)

function(count_instructions rounds instructions frames)
  execute_process(
    COMMAND ${VALGRIND} --tool=callgrind --callgrind-out-file=${WORK}/callgrind.out.${rounds}
            "--toggle-collect=*push_and_pump*" ${PROGRAM} ${rounds}
    OUTPUT_VARIABLE output ERROR_VARIABLE error RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} under callgrind failed (${result}):\n${output}${error}")
  endif()
  if(NOT error MATCHES "Collected : ([0-9]+)")
    message(FATAL_ERROR "callgrind said no count:\n${error}")
  endif()
  set(${instructions} ${CMAKE_MATCH_1} PARENT_SCOPE)
  string(STRIP "${output}" output)
  set(${frames} ${output} PARENT_SCOPE)
endfunction()

file(READ ${BASELINE} baseline)
string(JSON expected GET "${baseline}" instructions_per_frame)
string(JSON tolerance GET "${baseline}" tolerance_percent)

count_instructions(${short_rounds} short_instructions short_frames)
count_instructions(${long_rounds} long_instructions long_frames)
math(EXPR per_frame "(${long_instructions} - ${short_instructions}) / (${long_frames} - ${short_frames})")
math(EXPR most "${expected} * (100 + ${tolerance}) / 100")
math(EXPR least "${expected} * (100 - ${tolerance}) / 100")

message(STATUS "instructions per frame: ${per_frame}; baseline ${expected}, at most ${most}")
if(per_frame GREATER most)
  message(FATAL_ERROR "The way of a frame has become longer. See where with: callgrind_annotate ${WORK}/callgrind.out.${long_rounds}\n"
                      "If it is worth it, set instructions_per_frame in ${BASELINE} to ${per_frame} and say why in the commit.")
endif()
if(per_frame LESS least)
  message(STATUS "That is more than ${tolerance} % below the baseline: set instructions_per_frame in ${BASELINE} to ${per_frame}, so that the gain is kept.")
endif()
