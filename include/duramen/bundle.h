#pragma once
// The browser's files, inside the program: made by the CMake function duramen_client from an app's own components, and
// by the library's build for React and the realtime client.

#include <span>
#include <string_view>

namespace duramen {

// A file served at a URL that names its content: it never changes, so it is cached for ever.
struct ClientFile {
  std::string_view url;   // "/assets/Editor-2SEQNZ7L.js"
  std::string_view type;  // "text/javascript; charset=utf-8"
  std::string_view bytes;
};

// Where the browser loads a client module from. `id` is what a ClientModule names, and outlives builds.
struct ClientModuleUrl {
  std::string_view id;   // "/client/Editor.tsx"
  std::string_view url;  // one of the files
};

// Points into the program's image; lives for ever.
struct ClientBundle {
  std::span<const ClientFile> files;
  std::span<const ClientModuleUrl> modules;
  std::span<const std::string_view> styles;  // URLs of style sheets that every document links, in order
};

}  // namespace duramen
