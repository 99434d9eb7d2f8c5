#pragma once
// One HTTP/1.1 request from the bytes of a connection (RFC 9112), without I/O. It goes line by line, keeps the start of
// a line that is not whole, and refuses at the first byte that is wrong: so it comes to the same however the bytes are
// cut. It is stricter than the RFC wherever two readers could disagree; docs/conformance.md says where.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "duramen/request.h"
#include "server/http_error.h"
#include "server/request_body.h"

namespace duramen::server {

struct HttpLimits {
  std::size_t urlBytes = 8 * 1024;
  std::size_t headerBytes = 16 * 1024;  // of the fields, trailers and chunk extensions included
  std::size_t headerCount = 100;
  std::size_t bodyBytes = 4 * 1024 * 1024;
  std::size_t uploadBytes = 64 * 1024 * 1024;  // of a POST of multipart/form-data, in the place of bodyBytes
};

class RequestParser {
 public:
  // REQUIRES: `bodies` outlives it.
  RequestParser(const HttpLimits& limits, const BodyStore& bodies) : limits_(limits), bodies_(bodies) {}

  // How many bytes of `input` it took: all of them, or up to the request's end. REQUIRES: !done(), no error before.
  std::expected<std::size_t, HttpError> feed(std::span<const std::byte> input);
  bool done() const { return state_ == State::done; }
  bool headerDone() const { return state_ > State::fields; }
  // What there is of the body.
  std::size_t bodyBytes() const { return body_ ? body_->size() : 0; }
  // Whether the header is whole and its sender waits for a 100 (Expect: 100-continue); true once.
  bool takeExpectation();

  // What is read so far.
  const Request& soFar() const { return request_; }
  // REQUIRES: done(), once.
  Request takeRequest() { return std::move(request_); }
  // REQUIRES: done().
  bool keepAlive() const { return keepAlive_; }
  bool isHttp11() const { return isHttp11_; }

 private:
  enum class State : std::uint8_t { start, fields, body, chunkSize, chunk, chunkEnd, trailers, done };
  using Result = std::expected<void, HttpError>;

  std::expected<std::optional<std::string_view>, HttpError> takeLine(std::string_view& input);
  Result takeBody(std::string_view& input);
  std::size_t longestLine() const;
  HttpError lineTooLong() const;
  Result line(std::string_view text);
  Result startLine(std::string_view text);
  Result field(std::string_view text);
  Result addField(std::string_view name, std::string_view value);
  Result endFields();
  Result checkHost();
  Result checkExpectation();
  Result beginBody();
  Result chunkHead(std::string_view text);
  Result end();
  HttpError bodyTooLong() const;

  const HttpLimits limits_;
  const BodyStore& bodies_;
  Request request_;
  std::size_t mostBodyBytes_ = 0;
  std::optional<RequestBody> body_;       // until it is the request's
  std::string line_;                      // the start of a line that is not whole
  std::optional<std::string> authority_;  // of a target in absolute form
  std::uint64_t left_ = 0;                // of the body, or of the chunk
  std::size_t headerBytes_ = 0;
  std::size_t headerCount_ = 0;
  State state_ = State::start;
  bool sawEmptyLine_ = false;
  bool isHttp11_ = true;
  bool keepAlive_ = false;
  bool expects_ = false;
};

}  // namespace duramen::server
