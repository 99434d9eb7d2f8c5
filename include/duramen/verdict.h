#pragma once
// What a guard, or mayJoin, decides; and the errors of an action that its caller is told.

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "duramen/redirect.h"

namespace duramen {

class [[nodiscard]] Verdict {
 public:
  static Verdict allow() { return Verdict{{}, true, {}}; }
  // `why` reaches the client, with status 403.
  static Verdict refuse(std::string why) { return Verdict{std::move(why), false, {}}; }
  // Sends the client elsewhere. Throws std::invalid_argument as redirectTarget does. (A join that is redirected is
  // refused.)
  static Verdict redirect(std::string_view link) { return Verdict{"go to another page", false, redirectTarget(link)}; }
  bool allowed() const { return allowed_; }
  std::string_view why() const { return why_; }
  // Empty if it does not redirect.
  std::string_view redirectsTo() const { return link_; }

 private:
  Verdict(std::string why, bool allowed, std::string link)
      : why_(std::move(why)), link_(std::move(link)), allowed_(allowed) {}
  std::string why_;
  std::string link_;
  bool allowed_;
};

// Thrown by an action, or by an object that it calls: its text reaches the caller, who can mend it. Any other exception
// is a fault of the program: it is logged, and the caller learns only that the action failed.
// Of a form it may name the field that is wrong: ActionError{"name", "say your name"}.
class ActionError : public std::runtime_error {
 public:
  using runtime_error::runtime_error;
  ActionError(std::string_view field, const std::string& text) : runtime_error(text), field_(field) {}
  // Empty: none in particular.
  const std::string& field() const { return field_; }

 private:
  std::string field_;
};

}  // namespace duramen
