#pragma once
// One HTTP/1.1 request from the bytes of a connection (RFC 9112), on Beast's parser, without I/O. It exists while a
// request is being read, and keeps no bytes but those of the request itself.

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "duramen/request.h"

namespace duramen::server {

struct HttpLimits {
  std::size_t headerBytes = 16 * 1024;
  std::size_t headerCount = 100;
  std::size_t bodyBytes = 4 * 1024 * 1024;
};

// Why it is no request that we serve, as the answer says it.
struct HttpError {
  int status = 400;
  std::string text;
};

class RequestParser {
 public:
  explicit RequestParser(const HttpLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // How many bytes of `input` it took. The rest is offered again with what comes next, or belongs to the next request.
  // REQUIRES: !done(), no error before.
  std::expected<std::size_t, HttpError> feed(std::span<const std::byte> input);
  bool done() const;
  // Whether the header is whole and its sender waits for a 100 (Expect: 100-continue); true once.
  bool takeExpectation();

  // What is read so far.
  const Request& soFar() const;
  // REQUIRES: done(), once.
  Request takeRequest();
  // REQUIRES: done().
  bool keepAlive() const;
  bool isHttp11() const;

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace duramen::server
