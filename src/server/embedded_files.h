#pragma once
// The browser's files that lie inside the program: React, the realtime client, and the app's own bundles.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "duramen/bundle.h"
#include "server/transport.h"

namespace duramen::server {

class EmbeddedFiles {
 public:
  // Costs a hash of the bytes. Of two files with one URL the first counts.
  void add(std::span<const ClientFile> files);
  // Nothing if no file has this path. The answer's bytes are the program's own.
  std::optional<Response> answer(const Request& request) const;

 private:
  struct File {
    const ClientFile* file;
    std::string hash;  // of the content, in hexadecimal digits
  };
  std::unordered_map<std::string_view, File> files_;
};

}  // namespace duramen::server
