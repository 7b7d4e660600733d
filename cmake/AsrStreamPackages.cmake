# Debian packages by `cpack -G DEB`, one for each component that says so here.

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "asr_stream developers <asr_stream@localhost>")

# heaptrend stands on its own feet: the program, its agent, the manual. jemalloc is preloaded, so nothing links it.
if(TARGET heaptrend)
  list(APPEND CPACK_COMPONENTS_ALL heaptrend)
  set(CPACK_DEBIAN_HEAPTREND_PACKAGE_NAME heaptrend)
  set(CPACK_DEBIAN_HEAPTREND_PACKAGE_SECTION devel)
  set(CPACK_DEBIAN_HEAPTREND_PACKAGE_DEPENDS libjemalloc2)
  set(CPACK_DEBIAN_HEAPTREND_PACKAGE_SUGGESTS "heaptrack, valgrind")
  set(CPACK_DEBIAN_HEAPTREND_DESCRIPTION "Names the call stack whose memory grows
 Runs a program under sampled heap profiling, judges from a series of
 profiles which call stacks hold more and more memory, and says how sure
 that is. Reads jemalloc, gperftools, heaptrack and massif files.")
endif()

include(CPack)
