# Every library the project stands on, found once. Debian 12 package names are in scripts/setup.sh.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(tl-expected REQUIRED)
pkg_check_modules(speexdsp REQUIRED IMPORTED_TARGET speexdsp)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
find_package(pugixml REQUIRED)

if(ASR_STREAM_BUILD_TOOLS)
  find_package(CLI11 REQUIRED)
  pkg_check_modules(sndfile REQUIRED IMPORTED_TARGET sndfile)
  pkg_check_modules(pocketsphinx REQUIRED IMPORTED_TARGET pocketsphinx sphinxbase)
endif()
