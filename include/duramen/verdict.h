#pragma once
// What a guard, or mayJoin, decides; and the errors of an action that its caller is told.

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace duramen {

class [[nodiscard]] Verdict {
 public:
  static Verdict allow() { return Verdict{{}, true}; }
  // `why` reaches the client, with status 403.
  static Verdict refuse(std::string why) { return Verdict{std::move(why), false}; }
  bool allowed() const { return allowed_; }
  std::string_view why() const { return why_; }

 private:
  Verdict(std::string why, bool allowed) : why_(std::move(why)), allowed_(allowed) {}
  std::string why_;
  bool allowed_;
};

// Thrown by an action, or by an object that it calls: its text reaches the caller, who can mend it. Any other exception
// is a fault of the program: it is logged, and the caller learns only that the action failed.
struct ActionError : std::runtime_error {
  using runtime_error::runtime_error;
};

}  // namespace duramen
