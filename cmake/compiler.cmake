# Refuses, with the reason, a compiler or a standard library that cannot build a program that works.

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang|GNU")
  message(WARNING "Duramen is built with clang 19; ${CMAKE_CXX_COMPILER_ID} has not been tried")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} corrupts memory when one expression holds a co_await and a braced aggregate "
    "with a string in it, without a warning. Use clang 19: cmake --preset release, or -DCMAKE_CXX_COMPILER=clang++-19")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR
    "clang ${CMAKE_CXX_COMPILER_VERSION} is too old for Duramen's C++23. Use clang 19 or later: cmake --preset release, "
    "or -DCMAKE_CXX_COMPILER=clang++-19")
endif()

# The same fault in a compiler that we do not know by its number.
if(NOT CMAKE_CROSSCOMPILING AND NOT DEFINED DURAMEN_COROUTINES_RUN)
  message(CHECK_START "Looking for the coroutine fault")
  try_run(DURAMEN_COROUTINES_RUN DURAMEN_COROUTINES_COMPILE
    ${CMAKE_BINARY_DIR}/coroutine_check ${CMAKE_CURRENT_LIST_DIR}/coroutine_check.cc
    CXX_STANDARD 23 CXX_STANDARD_REQUIRED ON)
  if(DURAMEN_COROUTINES_RUN EQUAL 0)
    message(CHECK_PASS "this compiler has it not")
  else()
    message(CHECK_FAIL "found")
    unset(DURAMEN_COROUTINES_RUN CACHE)
    message(FATAL_ERROR
      "${CMAKE_CXX_COMPILER} makes programs that corrupt memory when one expression holds a co_await and a braced "
      "aggregate with a string in it (cmake/coroutine_check.cc fails). Use clang 19: -DCMAKE_CXX_COMPILER=clang++-19")
  endif()
endif()

include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_QUIET ON)
check_cxx_source_compiles("
#include <expected>
#include <functional>
int main() {
  std::expected<int, int> value = 0;
  std::move_only_function<int()> work = [] { return 0; };
  return *value + work();
}" DURAMEN_STANDARD_LIBRARY)
if(NOT DURAMEN_STANDARD_LIBRARY)
  message(FATAL_ERROR
    "The standard library of ${CMAKE_CXX_COMPILER} has no std::expected or no std::move_only_function. "
    "Duramen needs libstdc++ 12 or later (Debian: libstdc++-12-dev)")
endif()
unset(CMAKE_REQUIRED_QUIET)
