# One room of src/ from one line:
#
#   duramen_room(flight SOURCES encoder.cc quote.cc USES duramen::base Boost::json)
#
# makes the library duramen::flight, its *_test.cc beside the sources into the program flight_test (ctest entries
# flight.*), and its *_bench.cc into bench_flight. USES lists the rooms and libraries below; only they are linked.
# TEST_USES adds what only the tests link. FUZZED: fuzzers feed this room, so a build with fuzzers measures its coverage.

include(GoogleTest)

function(duramen_room room)
  cmake_parse_arguments(ARG "FUZZED" "" "SOURCES;USES;TEST_USES" ${ARGN})
  add_library(duramen_${room} STATIC ${ARG_SOURCES})
  add_library(duramen::${room} ALIAS duramen_${room})
  target_include_directories(duramen_${room} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(duramen_${room} PUBLIC ${ARG_USES} PRIVATE duramen_flags)
  if(DURAMEN_FUZZERS AND ARG_FUZZED)
    target_compile_options(duramen_${room} PRIVATE -fsanitize=fuzzer-no-link)
  endif()

  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(DURAMEN_TESTS AND tests)
    duramen_test(${room} SOURCES ${tests} USES duramen::${room} ${ARG_TEST_USES})
  endif()

  file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_bench.cc)
  if(DURAMEN_BENCHES AND benches)
    add_executable(bench_${room} ${benches})
    target_link_libraries(bench_${room} PRIVATE duramen::${room} duramen_flags benchmark::benchmark_main)
  endif()
endfunction()

# The GoogleTest program NAME_test; its ctest entries are NAME.*.
function(duramen_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  target_link_libraries(${name}_test PRIVATE ${ARG_USES} duramen_flags GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${name})
endfunction()
