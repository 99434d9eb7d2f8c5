# A libFuzzer program, from one line of test/fuzz/CMakeLists.txt:
#
#   duramen_fuzzer(frames frames_fuzz.cc duramen::wire)
#
# makes the program fuzz_frames, in builds that have fuzzers (preset dev). ctest runs it over test/fuzz/corpus/frames/,
# the inputs kept from the past; `scripts/test fuzz` lets it search for a bounded time. The rooms that it feeds should be
# marked FUZZED.

function(duramen_fuzzer name source)
  if(NOT DURAMEN_FUZZERS)
    return()
  endif()
  add_executable(fuzz_${name} ${source})
  target_link_libraries(fuzz_${name} PRIVATE ${ARGN} duramen_flags)
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  if(NOT EXISTS ${corpus})
    set(corpus)
  endif()
  add_test(NAME fuzz.${name} COMMAND fuzz_${name} -runs=0 ${corpus})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz)
endfunction()
