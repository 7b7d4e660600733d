# cmake -D MODE=installed|subdirectory|pkgconfig -D SOURCE=... -D BINARY=... -D CONSUMER=... -D WORK=... -D CXX=...
#       -D FLAGS=... -P check.cmake
# Builds and runs the consumer in one of three ways.
file(REMOVE_RECURSE ${WORK})
set(common -G Ninja -S ${CONSUMER} -B ${WORK}/build -D CMAKE_BUILD_TYPE=${BUILD_TYPE} -D CMAKE_CXX_COMPILER=${CXX}
  -D CMAKE_C_COMPILER=${CC} -D CMAKE_CXX_FLAGS=${FLAGS} -D CMAKE_CXX_FLAGS_DEBUG=${FLAGS_DEBUG})
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(NOT MODE STREQUAL "subdirectory")
  run(${CMAKE_COMMAND} --install ${BINARY} --component asr_stream --prefix ${WORK}/prefix)
endif()
if(MODE STREQUAL "installed")
  run(${CMAKE_COMMAND} ${common} -D CMAKE_PREFIX_PATH=${WORK}/prefix)
  run(${CMAKE_COMMAND} --build ${WORK}/build)
elseif(MODE STREQUAL "subdirectory")
  set(ENV{CCACHE_NOHASHDIR} 1)  # the same sources in another build folder
  run(${CMAKE_COMMAND} ${common} -D ASR_STREAM_SOURCE_DIR=${SOURCE} -D CMAKE_CXX_FLAGS_DEBUG=-O0)  # sooner built
  run(${CMAKE_COMMAND} --build ${WORK}/build --target consumer)
else()
  file(GLOB_RECURSE pc ${WORK}/prefix/*/asr_stream.pc)
  get_filename_component(pc_dir ${pc} DIRECTORY)
  set(ENV{PKG_CONFIG_PATH} ${pc_dir})
  execute_process(COMMAND pkg-config --define-variable=prefix=${WORK}/prefix --cflags --libs --static asr_stream
    OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${flags} ${FLAGS}")
  file(MAKE_DIRECTORY ${WORK}/build)
  run(${CXX} -std=c++20 ${CONSUMER}/main.cpp -o ${WORK}/build/consumer ${flags})
endif()
run(${WORK}/build/consumer)
