#pragma once
// The cookies of one browser (RFC 6265): those that a test gives it, and those that answers set.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loop/loop.h"

namespace duramen::test {

class CookieJar {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  // Takes the cookies of a request's Cookie header out of `headers`.
  explicit CookieJar(Headers& headers);

  // What an answer's Set-Cookie headers say.
  void take(const Headers& answer, loop::TimePoint now);
  // Of a request for `path`: "a=1; b=2"; empty if there are none.
  std::string header(std::string_view path, loop::TimePoint now) const;

 private:
  struct Kept {
    std::string name, value, path;
    std::optional<loop::TimePoint> until;  // none: until the browser ends
  };
  void set(std::string_view cookie, loop::TimePoint now);
  std::vector<Kept> kept_;
};

}  // namespace duramen::test
