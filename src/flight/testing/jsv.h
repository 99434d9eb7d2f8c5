#pragma once
// Test vectors describe what React transports in JSON (test/vectors/flight/README.md): scalars and arrays mean
// themselves, an object is a value with a tag under "$". This puts one on a tape, as the API would have built it, with
// server components rendered and their keys joined as React joins them (docs/flight.md, A4).

#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "duramen/html_attributes.h"
#include "duramen/value.h"

namespace duramen::flight::testing {

// A vector uses something that our values do not have.
struct NotOurs : std::runtime_error {
  using runtime_error::runtime_error;
};

class JsvLoader {
 public:
  using Knows = bool (*)(std::string_view clientId);
  // A client component that is not known fails where it stands, as React has it.
  explicit JsvLoader(Knows knows = [](std::string_view) { return true; }) : knows_(knows) {}

  // For rows.
  Node node(const Value& value) {
    detail::Tape tape;
    append(tape, value, Slot{});
    return Node{std::move(tape)};
  }
  // For HTML, in which a client component shows its fallback.
  Node tree(const Value& value) {
    forHtml_ = true;
    return node(value);
  }

 private:
  // What a server component hands down to what it returns.
  struct Slot {
    std::optional<std::string> key;
    bool implicit = false;
  };

  void append(detail::Tape& tape, const Value& value, const Slot& slot);
  void appendTagged(detail::Tape& tape, const std::string& tag, const Value::Object& object, const Slot& slot);
  void appendItems(detail::Tape& tape, const Value::List& list);
  void appendList(detail::Tape& tape, const Value::List& list, const Slot& slot);
  void appendPairs(detail::Tape& tape, const Value::List& pairs);
  void appendMap(detail::Tape& tape, const Value::List& pairs);
  void appendForm(detail::Tape& tape, const Value::List& entries);
  void appendPromise(detail::Tape& tape, detail::Op op, const Value& resolved);
  void appendStream(detail::Tape& tape, const std::string& tag, const Value::Object& object);
  void appendAction(detail::Tape& tape, const Value::Object& object);
  void appendElement(detail::Tape& tape, const Value::Object& object, const Slot& slot);
  void appendComponent(detail::Tape& tape, const Value::Object& component, const std::optional<std::string>& key,
                       const Slot& slot);
  void appendHost(detail::Tape& tape, const std::string& name, const std::optional<std::string>& key,
                  const Value::List& props);
  void appendNamed(detail::Tape& tape, detail::NamedKind kind, const std::string& name,
                   const std::optional<std::string>& key, const Value::List& props);
  void appendClient(detail::Tape& tape, const Value::Object& client, const std::optional<std::string>& key,
                    const Value::List& props);
  void appendAttribute(detail::Tape& tape, const std::string& name, const Value& value);
  std::uint32_t appendChildren(detail::Tape& tape, const Value& children);
  const ClientModule* moduleOf(const Value::Object& client);

  Knows knows_;
  bool forHtml_ = false;
  std::deque<std::string> names_;
  std::map<std::string, ClientModule> modules_;
  std::map<std::string, const Value*> definitions_;
};

}  // namespace duramen::flight::testing
