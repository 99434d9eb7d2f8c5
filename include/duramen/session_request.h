#pragma once
// What session(...) is given of a request: it answers questions, and remembers which were asked. A realtime client is
// asked again who it is for as long as it is connected; the server keeps the answers to those questions for that, and
// nothing else of the request that opened the socket.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "duramen/request.h"

namespace duramen {

class SessionRequest {
 public:
  // REQUIRES: `request` outlives it.
  explicit SessionRequest(const Request& request) : request_(&request) {}
  // Of what kept() gave: it answers the same questions in the same way.
  explicit SessionRequest(std::string_view kept);
  SessionRequest(const SessionRequest&) = delete;
  SessionRequest& operator=(const SessionRequest&) = delete;

  // The first header of this name, in any case of letters; empty if there is none. The views live as long as this.
  std::string_view header(std::string_view name) const;
  // The cookie of this name (RFC 6265 §4.2), as sent; empty if there is none.
  std::string_view cookie(std::string_view name) const;
  // The first query parameter of this name, percent-decoded; empty if there is none. A socket has the parameters of its
  // own address, not of the page's.
  std::string parameter(std::string_view name) const;
  bool hasParameter(std::string_view name) const;
  // Of the client, as a trusted proxy names it: "127.0.0.1".
  std::string_view address() const;
  // "http" or "https".
  std::string_view scheme() const;

  // For the library: the questions with their answers, equal for requests that answered the same ones alike.
  std::string kept() const;
  // Whether each question could be answered. Of a whole request always.
  bool isComplete() const { return complete_; }

 private:
  enum class Question : std::uint8_t { header, cookie, parameter, hasParameter, address, scheme };
  struct Field {
    Question question;
    std::string name;
    std::string value;
  };
  std::string_view ask(Question question, std::string_view name) const;

  const Request* request_ = nullptr;  // null: only `fields_` is known
  // In order of question and name. By pointer, so that a view of a value stays when more is asked.
  mutable std::vector<std::unique_ptr<const Field>> fields_;
  mutable bool complete_ = true;
};

}  // namespace duramen
