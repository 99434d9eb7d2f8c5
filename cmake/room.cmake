# One room of src/ from one line:
#
#   duramen_room(flight SOURCES encoder.cc quote.cc USES duramen::base Boost::json)
#
# makes the library duramen::flight, its *_test.cc beside the sources into the program flight_test (ctest entries
# flight.*), and its *_bench.cc into bench_flight. USES lists the rooms and libraries below; only they are linked.

include(GoogleTest)

function(duramen_room room)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;TEST_USES" ${ARGN})
  add_library(duramen_${room} STATIC ${ARG_SOURCES})
  add_library(duramen::${room} ALIAS duramen_${room})
  target_include_directories(duramen_${room} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(duramen_${room} PUBLIC ${ARG_USES} PRIVATE duramen_flags)

  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(DURAMEN_TESTS AND tests)
    add_executable(${room}_test ${tests})
    target_link_libraries(${room}_test PRIVATE duramen::${room} ${ARG_TEST_USES} duramen_flags GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${room}_test TEST_PREFIX ${room}. DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${room})
  endif()

  file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_bench.cc)
  if(DURAMEN_BENCHES AND benches)
    add_executable(bench_${room} ${benches})
    target_link_libraries(bench_${room} PRIVATE duramen::${room} duramen_flags benchmark::benchmark_main)
  endif()
endfunction()
