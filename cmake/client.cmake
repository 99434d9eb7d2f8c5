# The browser's side: the library's runtime (duramen::runtime), and duramen_client for an app's own components.

find_program(DURAMEN_NODE node)
find_program(DURAMEN_NPM npm)
if(NOT DURAMEN_NODE OR NOT DURAMEN_NPM)
  message(FATAL_ERROR "Duramen needs Node.js (18.19 or later) and npm to build the browser's runtime: install nodejs and npm")
endif()

# The development build names what is wrong with an app in the browser's console; it is larger and slower.
set(DURAMEN_REACT production CACHE STRING "The build of React that the browser's runtime holds: production or development")
set_property(CACHE DURAMEN_REACT PROPERTY STRINGS production development)
if(NOT DURAMEN_REACT MATCHES "^(production|development)$")
  message(FATAL_ERROR "DURAMEN_REACT is production or development, not \"${DURAMEN_REACT}\"")
endif()
set(runtime_flags)
if(DURAMEN_REACT STREQUAL development)
  set(runtime_flags --development)
endif()

set(DURAMEN_CLIENT_SOURCE ${CMAKE_CURRENT_LIST_DIR}/../client)
cmake_path(NORMAL_PATH DURAMEN_CLIENT_SOURCE)
set(DURAMEN_CLIENT_SOURCE ${DURAMEN_CLIENT_SOURCE} CACHE INTERNAL "The client package")
set(DURAMEN_RUNTIME_DIR ${PROJECT_BINARY_DIR}/client CACHE INTERNAL "The built runtime")

# The packages of the lockfile, once for all build folders.
set(packages ${DURAMEN_CLIENT_SOURCE}/node_modules/.package-lock.json)
add_custom_command(
  OUTPUT ${packages}
  COMMAND ${DURAMEN_NPM} ci --no-audit --no-fund --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch ${packages}
  DEPENDS ${DURAMEN_CLIENT_SOURCE}/package-lock.json
  WORKING_DIRECTORY ${DURAMEN_CLIENT_SOURCE}
  COMMENT "Installing the client's npm packages"
  VERBATIM)

file(GLOB_RECURSE client_sources CONFIGURE_DEPENDS ${DURAMEN_CLIENT_SOURCE}/src/*.ts ${DURAMEN_CLIENT_SOURCE}/src/*.tsx)
file(GLOB client_build CONFIGURE_DEPENDS ${DURAMEN_CLIENT_SOURCE}/build/*.mjs)
add_custom_command(
  OUTPUT ${DURAMEN_RUNTIME_DIR}/runtime.cc ${DURAMEN_RUNTIME_DIR}/runtime.json
  COMMAND ${DURAMEN_NODE} ${DURAMEN_CLIENT_SOURCE}/build/runtime.mjs ${DURAMEN_RUNTIME_DIR} ${runtime_flags}
  # Unchanged files keep their time, so that nothing else is built for them; these two tell that the step ran.
  COMMAND ${CMAKE_COMMAND} -E touch ${DURAMEN_RUNTIME_DIR}/runtime.cc ${DURAMEN_RUNTIME_DIR}/runtime.json
  DEPENDS ${packages} ${client_sources} ${client_build}
  COMMENT "Building the browser's runtime"
  VERBATIM)
add_library(duramen_runtime STATIC ${DURAMEN_RUNTIME_DIR}/runtime.cc)
add_library(duramen::runtime ALIAS duramen_runtime)
target_include_directories(duramen_runtime PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)

# duramen_client(notesClient [PROGRAM notes] [ROOT dir] SOURCES client/Editor.tsx ... [STYLES client/style.css ...])
#
# Builds React components and style sheets with esbuild, and makes the library notesClient that holds them: its header
# notes_client.h declares `extern const duramen::ClientBundle notesClient;`, for duramen::client(notesClient). Files are
# relative to ROOT (by default the current folder); a module's id is "/client/Editor.tsx".
#
# PROGRAM is the executable that serves the app, which may be defined later. Each build has it write the types of its
# components' props (`notes --write-types`), which the sources import as 'duramen/app', and checks the sources against
# them: the target notesClient_types, part of `all`. Without a PROGRAM the sources are checked before they are built.
function(duramen_client name)
  cmake_parse_arguments(ARG "" "ROOT;PROGRAM" "SOURCES;STYLES" ${ARGN})
  if(NOT ARG_SOURCES AND NOT ARG_STYLES)
    message(FATAL_ERROR "duramen_client(${name}) names no SOURCES and no STYLES")
  endif()
  if(NOT ARG_ROOT)
    set(ARG_ROOT ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name})
  string(REGEX REPLACE "([A-Z])" "_\\1" header ${name})
  string(TOLOWER ${header} header)
  file(CONFIGURE OUTPUT ${out}/include/${header}.h CONTENT
"#pragma once
// Made by duramen_client(${name}).
#include \"duramen/bundle.h\"

extern const duramen::ClientBundle ${name};
")
  # Whatever lies beside the named files may be imported by them.
  set(watched)
  foreach(file ${ARG_SOURCES} ${ARG_STYLES})
    cmake_path(GET file PARENT_PATH folder)
    file(GLOB_RECURSE beside CONFIGURE_DEPENDS ${ARG_ROOT}/${folder}/*)
    list(APPEND watched ${beside})
  endforeach()
  list(REMOVE_DUPLICATES watched)
  set(types_later)
  if(ARG_PROGRAM)
    set(types_later --types-later)
  endif()
  add_custom_command(
    OUTPUT ${out}/${name}.cc
    COMMAND ${DURAMEN_NODE} ${DURAMEN_CLIENT_SOURCE}/build/app.mjs ${name} ${ARG_ROOT} ${DURAMEN_RUNTIME_DIR}/runtime.json
            ${out} ${types_later} ${ARG_SOURCES} ${ARG_STYLES}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}/${name}.cc
    DEPENDS ${DURAMEN_RUNTIME_DIR}/runtime.json ${watched} ${client_build}
    COMMENT "Building the components of ${name}"
    VERBATIM)
  add_library(${name} STATIC ${out}/${name}.cc)
  target_include_directories(${name} PUBLIC ${out}/include ${PROJECT_SOURCE_DIR}/include)
  add_dependencies(${name} duramen_runtime)

  if(ARG_PROGRAM)
    # An unchanged app.d.ts keeps its time, so nothing is checked again for it; types.written tells that the step ran.
    add_custom_command(
      OUTPUT ${out}/types.written
      BYPRODUCTS ${out}/types/app.d.ts
      COMMAND ${ARG_PROGRAM} --write-types ${out}/types
      COMMAND ${CMAKE_COMMAND} -E touch ${out}/types.written
      DEPENDS ${ARG_PROGRAM}
      COMMENT "Writing the types of ${ARG_PROGRAM}"
      VERBATIM)
    add_custom_command(
      OUTPUT ${out}/types.checked
      COMMAND ${DURAMEN_NODE} ${DURAMEN_CLIENT_SOURCE}/build/types.mjs ${ARG_ROOT} ${out} ${ARG_SOURCES}
      COMMAND ${CMAKE_COMMAND} -E touch ${out}/types.checked
      DEPENDS ${out}/types/app.d.ts ${watched} ${client_sources} ${client_build}
      COMMENT "Checking the types of ${name}"
      VERBATIM)
    add_custom_target(${name}_types ALL DEPENDS ${out}/types.written ${out}/types.checked)
  endif()
endfunction()
