# What every target of ours is compiled with, and the libraries that we build on.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
include(${CMAKE_CURRENT_LIST_DIR}/compiler.cmake)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# Flags of our own code: warnings are errors here, not in what we include.
add_library(duramen_flags INTERFACE)
target_compile_options(duramen_flags INTERFACE -Wall -Wextra -Wconversion -Werror)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Line tables are enough for a sanitizer's report; whole debug information doubles build time and size.
  target_compile_options(duramen_flags INTERFACE -O1 -gline-tables-only -fno-omit-frame-pointer)
endif()
if(DURAMEN_SANITIZE)
  target_compile_options(duramen_flags INTERFACE -fsanitize=${DURAMEN_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(duramen_flags INTERFACE -fsanitize=${DURAMEN_SANITIZE})
endif()
find_program(LLD NAMES ld.lld-19 ld.lld)
if(LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()

# Fuzzers need clang's libFuzzer and a build with sanitizers; what they feed is then built to report its coverage.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND DURAMEN_SANITIZE MATCHES "address")
  set(DURAMEN_FUZZERS ${DURAMEN_TESTS})
else()
  set(DURAMEN_FUZZERS OFF)
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
if(DURAMEN_TESTS)
  find_package(GTest REQUIRED)
endif()
if(DURAMEN_BENCHES)
  find_package(benchmark REQUIRED)
endif()
