#pragma once
// One connection to a server: bytes go, in pieces of any size, and what comes back is read to its end.

#include <string>
#include <string_view>
#include <vector>

namespace duramen::conformance {

// All that the server at `port` of 127.0.0.1 answered until it closed. It throws if that takes longer than `patience`
// seconds, or if there is no server.
std::string exchange(int port, std::string_view bytes, std::size_t piece, int patience = 20);

struct Answer {
  int status = 0;
  std::string head;
  std::string body;

  std::string field(std::string_view name) const;  // empty if there is none
};

// The answers in `bytes`, interim ones (1xx) left out. `heads`: whether the n-th is one to HEAD. What does not parse is
// a last answer of status 0.
std::vector<Answer> parseAnswers(std::string_view bytes, const std::vector<bool>& heads);

}  // namespace duramen::conformance
